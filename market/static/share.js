/* Hands a picture to another app. Where the browser cannot, the button stays hidden and the picture
   is saved by the link beside it. */
{
  const kind = { type: 'image/jpeg' }
  const able = navigator.canShare?.({ files: [new File([''], 'a.jpg', kind)] })
  for (const button of able ? document.querySelectorAll('[data-share]') : []) {
    const said = button.dataset
    button.hidden = false
    button.addEventListener('click', async () => {
      try {
        const picture = await (await fetch(said.share)).blob()
        const files = [new File([picture], said.shareFile, kind)]
        await navigator.share({ files, title: said.shareTitle, text: said.shareUrl })
      } catch { /* changed their mind, or no line: the link beside it saves the picture */ }
    })
  }
}
