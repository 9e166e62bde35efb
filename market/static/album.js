/* Photos are drawn to their place, beside the buttons that do the same without this script. The form
   is sent as by a button: what was typed is saved with it. */
{
  const list = document.querySelector('[data-drag]')
  const middle = (item) => {
    const box = item.getBoundingClientRect()
    return box.top + box.height / 2
  }
  const at = (item) => [...list.children].indexOf(item)
  for (const item of list.children) {
    const grip = document.createElement('span')
    grip.className = 'btn bare'
    grip.ariaHidden = 'true'
    grip.textContent = list.dataset.drag
    Object.assign(grip.style, { touchAction: 'none', userSelect: 'none', cursor: 'grab' })
    item.firstElementChild.append(grip)
    grip.addEventListener('pointerdown', (press) => {
      const from = at(item)
      press.preventDefault()
      grip.setPointerCapture(press.pointerId)
      item.style.opacity = '0.6'
      // The others move round it: an element that is moved itself loses the finger.
      grip.onpointermove = ({ clientY }) => {
        const { nextElementSibling: next, previousElementSibling: before } = item
        if (next && clientY > middle(next)) item.before(next)
        else if (before && clientY < middle(before)) item.after(before)
      }
      grip.onlostpointercapture = () => {
        grip.onpointermove = grip.onlostpointercapture = null
        item.style.opacity = ''
        if (at(item) === from) return
        const button = document.createElement('button')
        button.name = 'photo_do'
        button.value = `to-${at(item)}:${item.dataset.photoId}`
        button.hidden = true
        const form = document.getElementById('goods')
        form.append(button)
        form.requestSubmit(button)
      }
    })
  }
}
