/* Asks at 1, 2, 4, 8, 8 … s until the answer says done; without it the page has a Refresh button.
   Answer: {"text": "…", "done": true or false, "value": n, "max": n, "url": "…", "picture": "…"},
   all but done optional. A form that somebody has begun to fill in, or that came back to be
   mended, is never left: it gets the text, and the picture. */
{
  const filled = field => /^(checkbox|radio)$/.test(field.type)
    ? field.checked !== field.defaultChecked
    : 'defaultValue' in field && field.value !== field.defaultValue
  for (const box of document.querySelectorAll('[data-poll-url]')) {
    const text = box.querySelector('[data-poll-text]')
    const bar = box.querySelector('progress')
    const form = box.closest('form')
    let wait = 1, leaving = null
    let touched = form && form.querySelector('[aria-invalid]')
    for (const by_hand of box.querySelectorAll('[data-poll-hand]')) by_hand.hidden = true
    const stay = picture => {
      if (bar) bar.remove()
      if (!picture) return
      const shown = new Image()
      shown.className = 'pic'
      shown.alt = ''
      shown.src = picture
      box.append(shown)
    }
    // The next page may be long in coming: who types meanwhile stops it.
    const touch = () => {
      touched = true
      if (!leaving) return
      window.stop()
      stay(leaving.picture)
      leaving = null
    }
    if (form) for (const what of ['input', 'submit']) form.addEventListener(what, touch)
    const ask = async () => {
      try {
        const answer = await fetch(box.dataset.pollUrl, { headers: { Accept: 'application/json' } })
        if (answer.ok) {
          const now = await answer.json()
          if (now.text && text.textContent !== now.text) text.textContent = now.text
          if (bar && now.max) { bar.max = now.max; bar.value = now.value }
          if (now.done) {
            if (touched || form && [...form.elements].some(filled)) return stay(now.picture)
            leaving = now
            return now.url ? location.assign(now.url) : location.reload()
          }
        }
      } catch { /* the line is down: ask again later */ }
      wait = Math.min(wait * 2, 8)
      setTimeout(ask, wait * 1000)
    }
    setTimeout(ask, wait * 1000)
  }
}
