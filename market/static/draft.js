/* The form of goods: what is typed is in the phone at once, before the camera opens too, and goes to
   the server by itself. Photos are made smaller first. Without it the form is sent whole. */
{
  const form = document.querySelector('form[data-draft]')
  const line = document.querySelector('[data-carry]')
  const box = document.querySelector('[data-photo]')
  const LONG_PX = 1600, GOOD_BYTES = 600 * 1024, MOST_BYTES = 15 * 1024 * 1024
  const { who, listing, auto, base, posted } = form.dataset
  const words = line.dataset
  const input = box.querySelector('input[type=file]')
  const canvas = box.querySelector('canvas')
  const wrong = box.querySelector('[data-photo-wrong]')
  const before = box.querySelector('[data-photo-before]')
  const show = (text, wait = true, link = '') => {
    line.classList.toggle('wait', wait)
    const at = line.querySelector('strong')
    at.textContent = text
    for (const it of line.querySelectorAll('[data-when]')) it.hidden = (it.dataset.when === 'wait') !== wait
    for (const it of line.querySelectorAll('a, span:not([data-when])')) it.remove()
    if (!link) return
    const go = document.createElement('a')
    go.href = link
    go.textContent = words.open
    at.after(go)
  }

  // What stands in the fields, as typed now, or as the page came.
  const read = (now = true) => {
    const found = {}
    for (const it of form.elements) {
      if (!it.name || /^(hidden|file|submit|button|fieldset)$/.test(it.type)) continue
      if (it.type === 'radio') { if (now ? it.checked : it.defaultChecked) found[it.name] = it.value }
      else if (it.type === 'checkbox') {
        found[it.name] ??= []
        if (now ? it.checked : it.defaultChecked) found[it.name].push(it.value)
      } else if (it.options) {
        const all = [...it.options]
        found[it.name] = now ? it.value : (all.find(one => one.defaultSelected) || all[0]).value
      } else found[it.name] = now ? it.value : it.defaultValue
    }
    return found
  }
  const write = (name, value) => {
    for (const it of form.querySelectorAll(`[name="${CSS.escape(name)}"]`)) {
      if (it.type === 'hidden') continue
      if (/^(checkbox|radio)$/.test(it.type)) it.checked = [].concat(value).includes(it.value)
      else it.value = value
      for (let up = it.closest('details'); up; up = up.parentElement.closest('details')) up.open = true
    }
  }

  const shown = read(false)
  for (const it of form.querySelectorAll('[aria-invalid]')) delete shown[it.name]
  let mine = {
    // Not the page's: one that was kept to be opened without a line comes with the same id again.
    id: carry.made_id(), who, listing: listing || null, auto: !!auto, base: +base || null,
    shown, fields: read(), held: {}, questions: 0, intent: '', at: 0,
  }
  let usable = false, shelved = false, busy = false, asked = false, wait_s = 2, later, soon, typing, number = 0
  // The field that is being typed in: half a price is no price. It goes when it is left or rests.
  const REST_S = 6
  let open = '', rests
  const dirty = async () => Object.keys(carry.changed(mine)).length || (await carry.photos(mine)).length

  const touch = () => { mine.at = Math.max(Date.now(), mine.at + 1) }
  const keep = async () => {
    clearTimeout(typing)
    if (!usable || !mine.at || mine.gone === mine.at) return
    await carry.put(mine)
    if (!shelved) carry.shelve(who).catch(() => {})
    shelved = true
    if (!busy) show(navigator.onLine ? words.kept : words.offline)
  }
  const typed = event => {
    open = event && event.type === 'input' && /^(text|textarea|number|tel|search)$/.test(event.target.type)
      ? event.target.name : ''
    const now = read()
    for (const name in mine.held) if (mine.fields[name] !== now[name]) delete mine.held[name]
    mine.fields = now
    touch()
    clearTimeout(typing)
    typing = setTimeout(keep, 250)
    clearTimeout(soon)
    clearTimeout(rests)
    if (!mine.auto) return
    soon = setTimeout(sync, 1500)
    if (open) rests = setTimeout(() => { open = ''; sync() }, REST_S * 1000)
  }

  // The server's own way: it says what is wrong at its field.
  const send_whole = async () => {
    const [photo] = await carry.photos(mine)
    const action = document.createElement('input')
    Object.assign(action, { type: 'hidden', name: 'action', value: mine.intent })
    form.append(action)
    if (photo) {
      const files = new DataTransfer()
      files.items.add(new File([photo.blob], 'photo.jpg', { type: photo.blob.type }))
      input.files = files.files
    }
    sessionStorage.setItem('sent-whole', JSON.stringify([mine.id, form.form_id.value]))
    mine.intent = ''
    await carry.put(mine)
    form.submit()
  }
  // From the first answer on the goods have an address of their own.
  const follow = () => {
    if (!mine.listing) return
    const place = '/producer/goods/' + mine.listing
    if (!mine.intent && location.pathname !== place) history.replaceState(null, '', place)
    form.action = place
    form.base.value = mine.base
    form.form_id.value = `${mine.base}-${mine.id}`
  }
  const told = (state, detail) => {
    follow()
    asked ||= state === 'later'
    const place = '/producer/goods/' + mine.listing
    if (state === 'photo') show(words.part.replace('{n}', Math.round(detail * 100)))
    else if (state === 'no_photo') { wrong.lastElementChild.textContent = detail; wrong.hidden = false; canvas.hidden = true }
    else if (mine.intent && /^(look|stuck|kept)$/.test(state)) send_whole()
    else if (mine.intent && /^(sent|saved)$/.test(state)) location.assign(`${place}?done=${state}`)
    else if (state === 'saved') show(words.saved.replace('{time}', new Date().toTimeString().slice(0, 5)), false)
    else if (/^(later|kept)$/.test(state)) show(navigator.onLine ? words[state] : words.offline)
    else if (state === 'sign_in') show(words.signIn, true, '/sign-in?next=' + encodeURIComponent(location.pathname))
    else if (state === 'stuck') show(detail)
    else if (state === 'look') show(words.look, true, mine.questions ? place : '')
    else show(words[state])
  }
  const sync = async () => {
    clearTimeout(later)
    clearTimeout(soon)
    asked = busy
    if (busy || !usable || !mine.at) return
    busy = true
    await keep()
    await carry.send(mine, told, () => open)
    busy = false
    if (!asked) return wait_s = 2
    later = setTimeout(sync, wait_s * 1000)
    wait_s = Math.min(wait_s * 2, 60)
  }

  const draw = async file => {
    const image = await createImageBitmap(file)
    const shrink = Math.min(1, LONG_PX / Math.max(image.width, image.height))
    canvas.width = image.width * shrink
    canvas.height = image.height * shrink
    const pen = canvas.getContext('2d')
    pen.imageSmoothingQuality = 'high'
    pen.fillStyle = '#fff'
    pen.fillRect(0, 0, canvas.width, canvas.height)
    pen.drawImage(image, 0, 0, canvas.width, canvas.height)
    image.close()
    canvas.hidden = false
    if (before) before.hidden = true
  }
  const pressed = quality => new Promise(yes => canvas.toBlob(yes, 'image/jpeg', quality))
  // Kept as it came before it is drawn: drawing is what a weak phone may not survive.
  const take = async file => {
    const photo = {
      id: `${mine.id}-${Date.now().toString(36)}${number++}`, draft: mine.id, blob: file, raw: carry.HERE,
    }
    touch()
    await carry.put(mine, photo)
    try {
      await draw(file)
      let small
      for (const quality of [.82, .7, .55, .4]) {
        if (!small || small.size > GOOD_BYTES) small = await pressed(quality)
      }
      if (small.size < file.size) photo.blob = small
    } catch { /* no photo, or one that this browser cannot draw: the server says what it is */ }
    wrong.hidden = photo.blob.size <= MOST_BYTES
    touch()
    delete photo.raw
    if (wrong.hidden) await carry.put(mine, photo)
    else await carry.rid(photo)
  }

  // Who types before the phone has found what it kept is not written over.
  const early = new Set()
  const hurried = event => early.add(event.target.name)
  form.addEventListener('input', hurried)
  const restore = async () => {
    const known = []
    const whole = JSON.parse(sessionStorage.getItem('sent-whole') || '[]')
    const wanted = new URLSearchParams(location.search).get('draft')
    sessionStorage.removeItem('sent-whole')
    for (const one of await carry.drafts(who)) {
      const arrived = one.id === whole[0] && (posted === whole[1] || /[?&]done=/.test(location.search))
      if (!arrived) { known.push(one); continue }
      for (const photo of await carry.photos(one)) await carry.rid(photo)
      await carry.drop(one)
    }
    const found = known.find(it => listing ? it.listing === listing : it.id === wanted)
      || !listing && known.find(it => !it.listing)
    if (!found) return
    const left = Object.entries({ ...carry.changed(found), ...found.held }).filter(
      ([name]) => JSON.stringify(found.fields[name]) !== JSON.stringify(shown[name]))
    const waiting = await carry.photos(found)
    if (!left.length && !waiting.length) return carry.drop(found)
    for (const [name] of left) if (!early.has(name)) write(name, found.fields[name])
    mine = { ...found, auto: !!auto, held: {}, fields: read() }
    if (waiting.length) await draw(waiting[waiting.length - 1].blob).catch(() => {})
    show(navigator.onLine ? words.back : words.offline)
    sync()
  }

  const start = async () => {
    await restore()
    usable = true
    if (!listing) form.form_id.value = mine.id
    input.classList.add('sr')
    input.multiple = true
    const button = box.querySelector('[data-photo-button]')
    if (button) { button.append(input); button.hidden = false }
    form.removeEventListener('input', hurried)
    form.addEventListener('input', typed)
    form.addEventListener('change', typed)
    // The camera may cost the whole window: what was typed is on the disk before it opens.
    let safe = false
    input.addEventListener('click', async event => {
      if (safe) return
      event.preventDefault()
      await Promise.race([keep(), new Promise(yes => setTimeout(yes, 800))])
      safe = true
      input.click()
      safe = false
    })
    input.addEventListener('change', async event => {
      event.stopPropagation()
      const files = [...input.files]
      input.value = ''
      for (const file of files) await take(file)
      sync()
    })
    form.addEventListener('submit', async event => {
      const button = event.submitter
      if (!button || button.name !== 'action' || !/^(save|submit)$/.test(button.value)) return
      event.preventDefault()
      typed()
      mine.intent = button.value
      await keep()
      sync()
    })
    addEventListener('online', () => { wait_s = 2; sync() })
    addEventListener('offline', () => { if (mine.at) show(words.offline) })
    addEventListener('pagehide', keep)
    document.addEventListener('visibilitychange', () => document.hidden ? keep() : sync())
    if (early.size) typed()
    if (input.files.length) input.dispatchEvent(new Event('change'))
    if (mine.at) sync()
  }
  // Where nothing may be kept (a private window), the form is sent whole, as without this script.
  start().catch(() => { usable = false })
}
