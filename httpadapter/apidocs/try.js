'use strict'
// Lets each form of the page call the server that the page is from. What is typed is sent and
// shown, and goes nowhere else: a secret into the body of a call or its Authorization header,
// never into an address, and nothing into what the browser keeps.

const base = document.body.dataset.base

/** Returns what a form sends: path, query, headers and body. Empty fields are absent ones. */
function callOf(form) {
  const method = form.dataset.method
  const query = new URLSearchParams()
  const body = new URLSearchParams()
  const headers = {}
  let path = form.dataset.path
  for (const field of form.querySelectorAll('[data-in]')) {
    const text = field.value
    if (field.dataset.in === 'path') path = path.replace(`{${field.name}}`, encodeURIComponent(text))
    else if (text === '') continue
    else if (field.dataset.in === 'header') headers.Authorization = 'Bearer ' + text.trim().replace(/^bearer +/i, '') // as it is pasted from elsewhere
    else (field.dataset.in === 'query' ? query : body).append(field.name, text)
  }
  const address = base + path + (query.size > 0 ? '?' + query : '')
  return [address, { method, headers, body: method === 'POST' && body.size > 0 ? body : undefined }]
}

/** Puts a text into the fields of those names, in all forms. */
function put(text, ...names) {
  if (typeof text !== 'string') return
  for (const name of names) {
    for (const field of document.querySelectorAll(`form.try input[name="${name}"]`)) field.value = text
  }
}

/** Puts what an answer brings into the fields that want it next. */
function carry(answer) {
  put(answer.access_token, 'Authorization', 'token')
  put(answer.refresh_token, 'refresh_token')
  const response = answer.VGResponse?.AuthenticationResponse
  if (response?.IsFailed) put(response.RequestId, 'AuthenticationRequestId', 'requestId')
  put(response?.MFAAvailables?.find((option) => option.AuthenticationMode === 2)?.Id, 'MFAAvailableId')
  if (answer.access_token) put('', 'AuthenticationRequestId', 'MFAAvailableId', 'MFASecureCode') // the login is over
  if (Array.isArray(answer)) put(answer.find((one) => one?.FullName)?.Id, 'id')
}

/** Returns the text of a body as people read it, and the picture of one that is none. */
async function contentOf(answer) {
  const type = (answer.headers.get('Content-Type') ?? '').split(';')[0]
  if (type.startsWith('image/')) {
    const picture = document.createElement('img')
    picture.src = URL.createObjectURL(await answer.blob())
    picture.alt = 'The picture that came'
    return picture
  }
  const text = await answer.text()
  if (type !== 'application/json') return document.createTextNode(text)
  try {
    const value = JSON.parse(text)
    if (answer.ok || answer.status === 400) carry(value ?? {})
    return document.createTextNode(JSON.stringify(value, null, 2))
  } catch { // what stands between has cut it, or has answered itself
    return document.createTextNode(text)
  }
}

/** Sends a form and shows what comes. Pressed once more, it gives the call up. */
async function send(form) {
  const button = form.querySelector('button')
  const status = form.querySelector('[role=status]')
  const came = form.querySelector('.came')
  if (form.giveUp) return form.giveUp.abort()
  form.giveUp = new AbortController()
  button.textContent = 'Stop waiting'
  status.textContent = 'Waiting for the answer.'
  try {
    const [address, init] = callOf(form)
    const answer = await fetch(address, {
      ...init, mode: 'same-origin', credentials: 'omit', cache: 'no-store', redirect: 'error', referrerPolicy: 'no-referrer', signal: form.giveUp.signal,
    })
    const headers = [...answer.headers].map(([name, text]) => `${name}: ${text}`).join('\n')
    came.replaceChildren(`${answer.status} ${answer.statusText}\n${headers}\n\n`, await contentOf(answer))
    came.hidden = false
    status.textContent = `The answer has the status ${answer.status}.`
  } catch (err) {
    came.hidden = true
    status.textContent = err.name === 'AbortError' ? 'The call was given up.' : `The call failed: ${err.message}`
  } finally {
    form.giveUp = undefined
    button.textContent = 'Send'
  }
}

for (const form of document.querySelectorAll('form.try')) {
  form.hidden = false
  // The second click of a double one and a key that is held down send nothing, and give nothing up.
  form.querySelector('button').addEventListener('click', (event) => {
    if (event.detail > 1) event.preventDefault()
  })
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.repeat) event.preventDefault()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    send(form)
  })
}
