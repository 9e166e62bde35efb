/* Shows which photo was chosen, before it is sent, and says at once when it is too large.
   Without it the browser's own field and the server say so.
   Large photos are named only: a weak phone may not have the memory to draw them. */
{
  const DRAW_MAX_BYTES = 8 * 1024 * 1024
  const SEND_MAX_BYTES = 15 * 1024 * 1024
  for (const box of document.querySelectorAll('[data-photo]')) {
    const input = box.querySelector('input[type=file]')
    const said = box.querySelector('[data-photo-said]')
    const canvas = box.querySelector('canvas')
    const before = box.querySelector('[data-photo-before]')
    const button = box.querySelector('[data-photo-button]')
    const wrong = box.querySelector('[data-photo-wrong]')
    input.classList.add('sr')
    button.append(input)
    button.hidden = false
    input.addEventListener('change', async () => {
      let file = input.files[0]
      wrong.hidden = !file || file.size <= SEND_MAX_BYTES
      if (!wrong.hidden) { input.value = ''; file = undefined }
      said.hidden = !file
      canvas.hidden = true
      if (before) before.hidden = false
      if (!file) return
      said.querySelector('[data-photo-name]').textContent = file.name
      if (file.size > DRAW_MAX_BYTES) return
      try {
        const image = await createImageBitmap(file)
        const shrink = Math.min(1, 720 / image.width)
        canvas.width = image.width * shrink
        canvas.height = image.height * shrink
        canvas.getContext('2d').drawImage(image, 0, 0, canvas.width, canvas.height)
        image.close()
        canvas.hidden = false
        if (before) before.hidden = true
      } catch { /* no photo, or one that this browser cannot draw: the server says what it is */ }
    })
  }
}
