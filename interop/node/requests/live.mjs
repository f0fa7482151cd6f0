// What is good, or was, on the server that is called: who there is, and what it has
// answered. Requests are made of it, so that they get further than to the first check.

const users = JSON.parse(process.env.USERS)
const clients = JSON.parse(process.env.CLIENTS) // [id, secret]

/** The newest of each kind; those of the mail are replaced as a whole. */
export const live = {
  users, clients, passwords: [process.env.PASSWORD, 'battery staple', 'wrong'], roles: ['Auditor', 'Manager'], scopes: [process.env.SCOPES, 'openid', 'offline_access openid'],
  logins: [], // { request, options }
  enrolling: [], // requests that may enrol something
  access: [], refresh: [], devices: [], permissions: [],
  codes: [], keys: [], links: [], // the newest first
}

const most = 40

function keep(list, ...values) {
  for (const v of values) if (v) list.push(v)
  if (list.length > most) list.splice(0, list.length - most)
}

/** Keeps what an answer says that later requests may use. */
export function learn({ body }) {
  if (!body.startsWith('{') && !body.startsWith('[')) return
  const doc = JSON.parse(body)
  if (doc.VGResponse?.AuthenticationResponse?.AuthenticationEnrollmentRequest) keep(live.enrolling, doc.VGResponse.RequestId)
  const next = doc.VGResponse?.AuthenticationResponse
  if (next?.MFAAvailables?.length || next?.AuthenticationEnrollmentRequest) {
    keep(live.logins, { request: doc.VGResponse.RequestId, options: next.MFAAvailables.map((o) => o.Id) })
  }
  if (doc.MFAAvailables?.length) keep(live.logins, { request: doc.RequestId, options: doc.MFAAvailables.map((o) => o.Id) })
  keep(live.access, doc.access_token)
  keep(live.refresh, doc.refresh_token)
  keep(live.devices, doc.device_token)
  if (Array.isArray(doc) && doc[0]?.FullName) live.permissions = doc.map((p) => p.Id)
}
