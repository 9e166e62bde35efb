/* The producer's first page: what this phone has not sent yet, and the sending of it. */
{
  const place = document.querySelector('[data-drafts]')
  const list = place.querySelector('ul')
  const words = place.dataset
  let busy = false, wait_s = 2, later
  const line = draft => {
    const at = list.appendChild(document.createElement('li'))
    at.className = 'card stack tight'
    const open = at.appendChild(document.createElement('a'))
    open.className = 'strong'
    open.href = '/producer/goods/' + (draft.listing || 'new?draft=' + draft.id)
    open.textContent = draft.fields.name || words.unnamed
    const said = at.appendChild(document.createElement('p'))
    said.className = 'small'
    return said
  }
  const run = async () => {
    clearTimeout(later)
    if (busy) return
    busy = true
    const all = await carry.drafts(words.who)
    list.textContent = ''
    place.hidden = !all.length
    let again = false
    for (const draft of all) {
      const said = line(draft)
      await carry.send(draft, (state, detail) => {
        again ||= state === 'later'
        said.textContent = state === 'photo' ? words.part.replace('{n}', Math.round(detail * 100))
          : state === 'stuck' ? detail
          : state === 'no_photo' ? words.noPhoto
          : state === 'sign_in' ? words.signIn
          : words[state === 'later' && !navigator.onLine ? 'offline' : state]
      })
    }
    busy = false
    if (!again) return wait_s = 2
    later = setTimeout(run, wait_s * 1000)
    wait_s = Math.min(wait_s * 2, 60)
  }
  const go = () => run().catch(() => {})
  addEventListener('online', go)
  document.addEventListener('visibilitychange', () => document.hidden || go())
  go()
  // Whoever has signed in since must not meet another's pages without a line.
  if (localStorage.ganh && localStorage.ganh !== words.who) carry.shelve(words.who).catch(() => {})
}
