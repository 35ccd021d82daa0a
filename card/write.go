package card

import (
	"crypto/sha256"
	"encoding/base64"
	"html/template"
	"io"
	"strings"
	"unicode/utf8"
)

// style is that of the page: on paper it fills one or two sides, and no row is torn apart.
const style = `body{font:15px/1.45 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:1.2rem 0 .3rem}p{margin:.3rem 0}
table{border-collapse:collapse;width:100%}td{padding:.2rem .4rem;border-top:1px solid #8886;vertical-align:top}
td:first-child{width:15rem;font-weight:600;font-variant-numeric:tabular-nums}
kbd{font:inherit;white-space:nowrap}kbd+kbd::before{content:", ";font-weight:400}
@media print{body{margin:0;max-width:none;font-size:11px;columns:2;column-gap:2rem}h1,header,footer{column-span:all}section,tr{break-inside:avoid}}
`

// Policy is the Content-Security-Policy of the page (CSP 3): its own style, and nothing else.
var Policy = func() string {
	hash := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}()

var page = template.Must(template.New("card").Parse(`<!doctype html>
<html lang="{{.Language}}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}} · {{.Domain}}</title>
<style>{{.Style}}</style>
<header>
<h1>{{.Title}}</h1>
<p>{{if .Name}}{{.Name}} · {{end}}{{.Domain}}{{range .Numbers}} · {{.}}{{end}}</p>
</header>
{{range .Sections}}<section>
<h2>{{.Title}}</h2>
<table>
{{range .Rows}}<tr><td>{{range .Keys}}<kbd>{{.}}</kbd>{{end}}</td><td>{{.Text}}</td></tr>
{{end}}</table>
</section>
{{end}}<footer>
<p>{{.Footer}}</p>
</footer>
</html>
`))

// WriteHTML writes the card as a page that needs nothing else.
func (c Card) WriteHTML(to io.Writer) error {
	return page.Execute(to, struct {
		Card
		Style template.CSS
	}{c, style})
}

// WriteText writes the card as text, for terminals and mails.
func (c Card) WriteText(to io.Writer) error {
	var text strings.Builder
	text.WriteString(c.Title + "\n")
	line := c.Domain
	if c.Name != "" {
		line = c.Name + " · " + line
	}
	for _, number := range c.Numbers {
		line += " · " + number
	}
	text.WriteString(line + "\n")
	widest := 0
	for _, section := range c.Sections {
		for _, row := range section.Rows {
			widest = max(widest, width(strings.Join(row.Keys, ", ")))
		}
	}
	widest = min(widest, maxKeys)
	for _, section := range c.Sections {
		text.WriteString("\n" + section.Title + "\n")
		for _, row := range section.Rows {
			keys := strings.Join(row.Keys, ", ")
			text.WriteString("  " + keys + strings.Repeat(" ", max(widest-width(keys), 0)) + "  " + row.Text + "\n")
		}
	}
	text.WriteString("\n" + c.Footer + "\n")
	_, err := io.WriteString(to, text.String())
	return err
}

// maxKeys bounds the first column of the text.
const maxKeys = 28

// width is how many columns a text takes on a terminal: Chinese takes two each.
func width(text string) int {
	columns := utf8.RuneCountInString(text)
	for _, c := range text {
		if c >= 0x2e80 && c < 0xff61 {
			columns++
		}
	}
	return columns
}
