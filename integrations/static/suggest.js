/* Asks for choices while somebody types: data-suggest is the address, data-into the box they go to.
   Without this script the Find button does the same. */
{
  for (const field of document.querySelectorAll('[data-suggest]')) {
    const box = document.getElementById(field.dataset.into)
    let timer, latest = 0
    const ask = async () => {
      const mine = ++latest
      try {
        const answer = await fetch(field.dataset.suggest + '?q=' + encodeURIComponent(field.value))
        const choices = answer.ok && await answer.text()
        if (choices && mine === latest) box.innerHTML = choices
      } catch { /* the line is down: the button is still there */ }
    }
    // Who has chosen keeps the choice: an answer that is still on its way comes too late.
    box.addEventListener('change', () => {
      clearTimeout(timer)
      latest++
    })
    field.addEventListener('input', () => {
      clearTimeout(timer)
      if (field.value.trim().length > 1) timer = setTimeout(ask, 250)
    })
  }
}
