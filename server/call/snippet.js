'use strict'
// For pages of others: <script src="https://HOST/call/snippet.js" defer></script>
// turns the page's tel:, callto: and sip: links into links to the call page of HOST, in a small window. Nothing of the page
// is read but these links, and nothing is sent: the person presses Call there.
{
  const base = new URL('.', document.currentScript.src)
  const schemes = /^(tel|callto|sips?):/i
  const address = (link) => {
    const wanted = link.getAttribute('href').trim()
    return base + encodeURIComponent(wanted.replace(/^(tel|callto):/i, '').replace(/^\/\//, ''))
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest && event.target.closest('a[href]')
    if (!link || !schemes.test(link.getAttribute('href').trim()) || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey) return
    event.preventDefault()
    window.open(address(link), '_blank', 'popup,noopener,width=460,height=560')
  })
}
