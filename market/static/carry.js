/* What was typed and taken stays in this phone until the server has it. Drafts and photos lie in
   IndexedDB, under the person who is signed in; a draft's own id lets a send be repeated. Photos go
   in pieces by the tus 1.0 protocol: after a cut only the last piece goes again. */
const carry = (() => {
  const API = '/api/v1/', PIECE_MIN = 65536, PIECE_MAX = 262144, TRY_S = 60, HERE = Math.random()
  let opened, piece = PIECE_MIN
  const db = () => opened ??= new Promise((yes, no) => {
    const asked = indexedDB.open('ganh', 1)
    asked.onupgradeneeded = () => {
      for (const store of ['drafts', 'photos']) asked.result.createObjectStore(store, { keyPath: 'id' })
    }
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close()
      yes(asked.result)
    }
    asked.onerror = () => no(asked.error)
  })
  // Both stores at once: a draft and its photos come and go together. It ends when all is on the
  // disk, not only asked for; gives what the verb's last request found.
  const within = async (mode, verb) => {
    const all = (await db()).transaction(['drafts', 'photos'], mode, { durability: 'strict' })
    return new Promise((yes, no) => {
      const asked = verb(all.objectStore('drafts'), all.objectStore('photos'))
      all.oncomplete = () => yes(asked.result)
      all.onabort = all.onerror = () => no(all.error)
    })
  }
  const put = (draft, photo) => within('readwrite', (drafts, photos) => {
    if (photo) photos.put(photo)
    return drafts.put(draft)
  })
  const rid = photo => within('readwrite', (_, photos) => photos.delete(photo.id))
  const drafts = async who => (await within('readonly', it => it.getAll())).filter(
    it => it.who === who).sort((a, b) => b.at - a.at)
  const photos = async draft => (await within('readonly', (_, it) => it.getAll())).filter(
    it => it.draft === draft.id)
  // What has arrived is forgotten, unless something was typed or taken since `at`.
  const drop = async (draft, at = draft.at) => {
    let gone = false
    await within('readwrite', (drafts, photos) => {
      const known = drafts.get(draft.id)
      known.onsuccess = () => {
        if (known.result && known.result.at !== at) return
        photos.getAll().onsuccess = event => {
          const own = event.target.result.filter(it => it.draft === draft.id)
          if (own.length) return
          gone = true
          draft.gone = at
          drafts.delete(draft.id)
        }
      }
      return known
    })
    return gone
  }
  // What the server said of a draft, and what it was sent: that may be newer than what is kept.
  const note = (draft, sent) => within('readwrite', drafts => {
    const known = drafts.get(draft.id)
    known.onsuccess = () => {
      const { listing, base, questions, shown } = draft
      const fields = { ...(known.result || {}).fields, ...sent }
      if (known.result) drafts.put({ ...known.result, listing, base, questions, shown, fields })
    }
    return known
  })

  class Refused extends Error {
    constructor(status, said) { super(said.detail); this.status = status; this.said = said }
  }
  // A refusal is thrown with its sentence; a dead line as the browser throws it.
  const ask = async (path, method, body, headers) => {
    const stop = new AbortController()
    const timer = setTimeout(() => stop.abort(), TRY_S * 1000)
    try {
      const answer = await fetch(path, { method, body, headers, signal: stop.signal })
      if (!answer.ok) throw new Refused(answer.status, await answer.json().catch(() => ({})))
      return answer
    } finally { clearTimeout(timer) }
  }
  const say = async (path, method, data) => (await ask(API + path, method, JSON.stringify(data),
    { 'Content-Type': 'application/json' })).json()

  const TUS = { 'Tus-Resumable': '1.0.0' }
  const begin = async photo => {
    const answer = await ask(API + 'uploads', 'POST', null, {
      ...TUS,
      'Upload-Length': photo.blob.size,
      'Upload-Metadata': `filename ${btoa('photo.jpg')},client_id ${btoa(photo.id + '-' + photo.blob.size)}`,
    })
    return [answer.headers.get('Location'), +answer.headers.get('Upload-Offset')]
  }
  const upload = async (photo, told) => {
    const [place, known] = await begin(photo)
    let at = known
    while (at < photo.blob.size) {
      told(at / photo.blob.size)
      const began = Date.now()
      try {
        const answer = await ask(place, 'PATCH', photo.blob.slice(at, at + piece), {
          ...TUS, 'Content-Type': 'application/offset+octet-stream', 'Upload-Offset': at,
        })
        at = +answer.headers.get('Upload-Offset')
      } catch (refused) {
        // Another try of ours arrived after all: go on where the server stands.
        if (refused.status !== 409) throw refused
        at = (await begin(photo))[1]
      }
      const took = Date.now() - began
      piece = took < 2000 ? Math.min(piece * 2, PIECE_MAX) : took > 6000 ? PIECE_MIN : piece
    }
    return place.split('/').pop()
  }

  const same = (a, b) => JSON.stringify(a ?? '') === JSON.stringify(b ?? '')
  const changed = draft => Object.fromEntries(Object.entries(draft.fields).filter(
    ([name, value]) => !same(value, draft.shown[name]) && !(name in draft.held)))

  // Fields that cannot be read stay here until they are typed anew; the others go.
  const send_words = async (draft, open) => {
    const ready = () => Object.fromEntries(Object.entries(changed(draft)).filter(([name]) => name !== open()))
    let sent = ready()
    while (Object.keys(sent).length) {
      const body = { ...sent, source: draft.id, base_revision: draft.base }
      if (draft.listing && 'stock' in sent && draft.shown.stock) body.stock_was = +draft.shown.stock
      try {
        const now = draft.listing
          ? await say('listings/' + draft.listing, 'PATCH', body)
          : await say('listings', 'POST', { ...body, client_id: draft.id })
        draft.listing = now.id
        draft.base = now.revision
        draft.questions = now.questions.length
        Object.assign(draft.shown, sent)
        await note(draft, sent)
      } catch (refused) {
        const field = refused.said && refused.said.field
        if (!(field in sent)) throw refused
        draft.held[field] = refused.message
      }
      sent = ready()
    }
  }
  const send_photos = async (draft, told) => {
    for (const photo of await photos(draft)) {
      if (photo.raw === HERE) continue // it is being made smaller
      try {
        const upload_id = await upload(photo, part => told('photo', part))
        if (!draft.listing) continue
        await say(`listings/${draft.listing}/photos`, 'POST', { upload_id })
      } catch (refused) {
        // What is no photo, or one too many, is never one later; whoever pressed gets it said in full.
        if (!refused.said || refused.said.field !== 'photo' || draft.intent) throw refused
        told('no_photo', refused.message)
      }
      await rid(photo)
    }
  }
  const finish = async (draft, at, told) => {
    const { intent } = draft
    if (intent === 'submit') await say(`listings/${draft.listing}/submit`, 'POST', {})
    await drop(draft, at)
    told(intent === 'submit' ? 'sent' : 'saved')
  }
  const rest = async draft => Object.keys(changed(draft)).length + (await photos(draft)).length

  // `open` names the field that somebody is typing in; it waits.
  const send = async (draft, told, open = () => '') => {
    if (!draft.auto && !draft.intent) return told('kept')
    try {
      told('sending')
      await send_words(draft, open)
      await send_photos(draft, told)
      const { at } = draft
      if (await rest(draft)) return told(draft.listing && !open() ? 'later' : 'kept')
      if (Object.keys(draft.held).length) return told('look')
      if (draft.intent && !draft.listing) return told('kept')
      if (draft.intent && !draft.questions) return await finish(draft, at, told)
      if (!await drop(draft, at)) return told('later')
      told(draft.questions ? 'look' : 'saved')
    } catch (refused) {
      const status = refused.status || 0
      told(status === 401 ? 'sign_in' : status && status < 500 && status !== 429 ? 'stuck' : 'later',
        status && refused.message)
    }
  }
  // Pages that open without a line, for whoever writes here. Another person's go first.
  const shelve = async who => {
    if (!('serviceWorker' in navigator)) return
    if (localStorage.ganh !== who) await caches.delete('ganh')
    localStorage.ganh = who
    await navigator.serviceWorker.register('/producer/sw.js')
  }
  const made_id = () => {
    const hex = [...crypto.getRandomValues(new Uint8Array(16))].map(it => it.toString(16).padStart(2, '0'))
    return hex.join('')
  }
  // One window at a time: the others would send the same.
  const alone = verb => navigator.locks ? navigator.locks.request('ganh', verb) : verb()
  return { put, rid, drafts, photos, drop, changed, shelve, made_id, HERE, send: (...it) => alone(() => send(...it)) }
})()
