// The codes that were sent to the user in the variable `whose`, oldest first: from the outbox of a
// development server, where there is one.
const codesTo = (whose, then) => pm.sendRequest({ url: pm.environment.get('Outbox'), header: { Accept: 'application/json' } }, (err, answer) => {
  const lines = err ? [] : answer.text().split('\n').filter(Boolean).map((l) => JSON.parse(l))
  then(lines.filter((m) => m.kind === 'otp' && m.user === pm.environment.get(whose)).map((m) => m.code))
})

// Notes how many there are before one more is sent.
const noteCodes = (whose) => {
  if (pm.environment.get('Outbox')) codesTo(whose, (codes) => pm.environment.set('CodesBefore', String(codes.length)))
}

// Puts the one that was sent since then into MFASecureCode. Where there is no outbox, put the code
// of the message there; without one the request is skipped.
const mailed = (whose) => {
  if (!pm.environment.get('Outbox')) {
    if (!pm.environment.get('MFASecureCode')) pm.execution.skipRequest()
    return
  }
  const look = (left) => codesTo(whose, (codes) => {
    if (codes.length > Number(pm.environment.get('CodesBefore'))) pm.environment.set('MFASecureCode', codes[codes.length - 1])
    else if (left > 0) setTimeout(() => look(left - 1), 100)
  })
  look(50)
}
