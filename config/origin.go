package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

const maxOrigins = 64

func (r *reader) origins(f field) {
	r.config.Origins = r.originList(f)
}

func (r *reader) originList(f field) []string {
	items := r.list(f, maxOrigins, "[https://phone.example.com]")
	origins := make([]string, len(items))
	for i, item := range items {
		text, _ := r.text(item)
		origins[i] = strings.ToLower(text)
	}
	return origins
}

func (c *Config) checkOrigins(found *findings) { checkOriginList(found, "origins", c.Origins) }

func checkOriginList(found *findings, list string, origins []string) {
	const remedy = "write scheme, host, and a port that is not the usual one, such as https://phone.example.com"
	for i, origin := range origins {
		path := fmt.Sprintf("%s[%d]", list, i)
		uri, err := url.Parse(origin)
		switch {
		case strings.Contains(origin, "*"):
			found.wrong(path, quote(origin)+" would let pages of strangers use the phones of whoever reads them", "list each origin")
		case err != nil || uri.Scheme != "http" && uri.Scheme != "https" || uri.Host == "":
			found.wrong(path, quote(origin)+" is not where a page comes from", remedy)
		case uri.Path != "" || uri.RawQuery != "" || uri.ForceQuery || uri.Fragment != "" || uri.User != nil:
			found.wrong(path, quote(origin)+" says more than browsers send", "write "+uri.Scheme+"://"+uri.Host)
		case uri.Scheme == "https" && uri.Port() == "443", uri.Scheme == "http" && uri.Port() == "80":
			found.wrong(path, quote(origin)+" names the usual port, which browsers leave out", "write "+uri.Scheme+"://"+uri.Hostname())
		case slices.Contains(origins[:i], origin):
			found.wrong(path, quote(origin)+" stands in the list twice", "keep one of the two")
		}
	}
}
