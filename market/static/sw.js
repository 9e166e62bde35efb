/* Opens the pages of goods without a line, as they were last seen: what is typed there is kept by
   the page itself. Anything else goes to the server as ever. */
const SHELF = 'ganh'
const OWN = /^\/producer\/goods(\/new|\/[0-9a-f-]{36})?$/
const keep = async (request, answer) => {
  if (!answer.ok || answer.redirected) return answer
  const shelf = await caches.open(SHELF)
  await shelf.put(request, answer.clone())
  return answer
}
// A page and what it is drawn with.
const keep_whole = async path => {
  const answer = await keep(path, await fetch(path))
  for (const [, file] of (await answer.text()).matchAll(/"(\/static\/[^"]+)"/g)) {
    if (!await caches.match(file)) await keep(file, await fetch(file))
  }
}
addEventListener('install', event => {
  skipWaiting()
  event.waitUntil(Promise.all(['/producer/goods', '/producer/goods/new'].map(keep_whole)))
})
addEventListener('activate', event => event.waitUntil(clients.claim()))
addEventListener('fetch', event => {
  const { request } = event
  const { pathname, origin } = new URL(request.url)
  if (request.method !== 'GET' || origin !== location.origin) return
  if (pathname.startsWith('/static/')) {
    event.respondWith(caches.match(request).then(known => known || fetch(request)))
  } else if (request.mode === 'navigate' && OWN.test(pathname)) {
    event.respondWith((async () => {
      try {
        return await keep(pathname, await fetch(request))
      } catch (cut) {
        const known = await caches.match(pathname)
        if (known) return known
        throw cut
      }
    })())
  }
})
