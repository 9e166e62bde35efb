/* Copy buttons: hidden without this script, since nothing would happen. */
{
  for (const button of document.querySelectorAll('[data-copy]')) {
    if (!navigator.clipboard) continue
    const words = button.lastChild
    const before = words.textContent
    button.hidden = false
    button.addEventListener('click', async () => {
      try {
        await navigator.clipboard.writeText(button.dataset.copy)
        words.textContent = button.dataset.done
      } catch {
        words.textContent = button.dataset.failed
      }
      setTimeout(() => { words.textContent = before }, 3000)
    })
  }
}
