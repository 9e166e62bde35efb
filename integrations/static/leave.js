/* Signing out takes what this phone still keeps with it: say so first, then take it away. */
{
  const count = () => new Promise(yes => {
    const asked = indexedDB.open('ganh', 1)
    // Not there yet: nothing was ever kept.
    asked.onupgradeneeded = () => asked.transaction.abort()
    asked.onerror = () => yes(0)
    asked.onsuccess = () => {
      const all = asked.result.transaction('drafts').objectStore('drafts').count()
      all.onsuccess = () => { asked.result.close(); yes(all.result) }
      all.onerror = () => yes(0)
    }
  })
  const forget = () => new Promise(yes => {
    const asked = indexedDB.deleteDatabase('ganh')
    asked.onsuccess = asked.onerror = asked.onblocked = yes
  })
  for (const place of document.querySelectorAll('[data-leave]')) {
    for (const form of place.querySelectorAll('form[action="/sign-out"]')) {
      form.addEventListener('submit', async event => {
        event.preventDefault()
        try {
          const kept = await count()
          if (kept && !confirm(place.dataset.leave.replace('{n}', kept))) return
          await forget()
          await caches.delete('ganh')
        } catch { /* this browser keeps nothing */ }
        form.submit()
      })
    }
  }
}
