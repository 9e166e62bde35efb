/* Asks at 1, 2, 4, 8, 8 … s until the answer says done; without it the page has a Refresh button.
   Answer: {"text": "…", "done": true or false, "value": n, "max": n, "url": "…"}, all but done optional. */
{
  for (const box of document.querySelectorAll('[data-poll-url]')) {
    const text = box.querySelector('[data-poll-text]')
    const bar = box.querySelector('progress')
    let wait = 1
    for (const by_hand of box.querySelectorAll('[data-poll-hand]')) by_hand.hidden = true
    const ask = async () => {
      try {
        const answer = await fetch(box.dataset.pollUrl, { headers: { Accept: 'application/json' } })
        if (answer.ok) {
          const now = await answer.json()
          if (now.text && text.textContent !== now.text) text.textContent = now.text
          if (bar && now.max) { bar.max = now.max; bar.value = now.value }
          if (now.done) return now.url ? location.assign(now.url) : location.reload()
        }
      } catch { /* the line is down: ask again later */ }
      wait = Math.min(wait * 2, 8)
      setTimeout(ask, wait * 1000)
    }
    setTimeout(ask, wait * 1000)
  }
}
