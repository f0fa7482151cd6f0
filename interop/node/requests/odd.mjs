// What no program should send, and some do.
import fc from 'fast-check'

const often = (...pairs) => fc.oneof(...pairs.map(([weight, arbitrary]) => ({ weight, arbitrary })))

/** A value of any kind: in forms it is written as JSON where it is no text. */
export const oddValue = fc.oneof(
  fc.constantFrom('', ' ', '\u0000', '%', '%00', ';', '&', '+', '"', "'", '<svg/onload=alert(1)>', '../..', '\u202e', '\ud800', 'ﬁ', 'İ', '\u00a0', '٣', 'null', '-1', '1e999'),
  fc.string({ unit: 'binary', maxLength: 40 }), fc.string({ unit: 'grapheme' }), fc.uuid(), fc.emailAddress(), fc.webUrl(), fc.base64String({ maxLength: 200 }),
  fc.constantFrom(1023, 1024, 1025, 8192, 8193, 17000).map((n) => 'x'.repeat(n)), fc.constantFrom(512, 513, 1025).map((n) => 'é'.repeat(n)),
  fc.integer(), fc.double(), fc.boolean(), fc.constant(null), fc.array(fc.string(), { maxLength: 3 }), fc.dictionary(fc.string(), fc.string(), { maxKeys: 3 }),
)

/** A content type that is not the right one, or is nearly. A list is a header that stands twice. */
export const oddType = fc.constantFrom(
  'none', '', 'text/plain', 'application/json', 'application/x-www-form-urlencoded', 'application/x-www-form-urlencoded; charset=utf-8', 'APPLICATION/JSON',
  'application/json; charset=utf-16', 'application/json;', 'application/x-www-form-urlencoded; a=b; a=c', 'multipart/form-data; boundary=x', 'multipart/form-data',
  'application/vnd.api+json', '*/*', '/', ';', 'application/json, text/plain', 'x'.repeat(3000), ['application/json', 'text/plain'],
)

/** What becomes of a body on its way. */
export const oddBody = often(
  [30, fc.constant((b) => b)],
  [1, fc.constant(() => undefined)], [1, fc.constant(() => '')],
  [1, fc.nat({ max: 200 }).map((n) => (b) => b.slice(0, n))],
  [1, fc.string({ unit: 'binary', maxLength: 300 }).map((s) => () => s)],
  [1, fc.uint8Array({ maxLength: 300 }).map((a) => () => Buffer.from(a))],
  [1, fc.constantFrom('&&&', '=', '%', 'a=%zz', 'a;b', 'a=1&a=1', '[', '{', '{}', '[]', 'null', '{"a":{"b":1}}', '{"requestId":null}', '{"a":1,"a":2}', '"x"', '\ufeff{}').map((s) => () => s)],
  [1, fc.constantFrom(100, 5000, 16000).map((n) => () => '['.repeat(n))], [1, fc.constantFrom(16384, 16385, 40000).map((n) => (b) => b + '&' + 'x'.repeat(n))],
  [1, fc.constantFrom(60, 64, 65, 200).map((n) => (b) => b + Array.from({ length: n }, (_, i) => `&f${i}=`).join(''))],
)

/** How a path is written. */
export const oddPath = often(
  [60, fc.constant((p) => p)], [2, fc.constant((p) => p.toUpperCase())], [1, fc.constant((p) => p + '/')], [1, fc.constant((p) => p + '//')],
  [1, fc.constant((p) => '/' + p)], [1, fc.constant((p) => p.replace(/[a-z]/, (c) => '%' + c.charCodeAt(0).toString(16)))],
  [1, fc.constant((p) => p + '/x')], [1, fc.constant((p) => p + '/..')], [1, fc.constant((p) => p + '%2f')], [1, fc.constant((p) => p.slice(0, -1))],
)

/** Headers beside those that a call needs. */
export const oddHeaders = often([12, fc.constant({})], [3, fc.record({
  Origin: fc.constantFrom('https://app.example.com', 'https://evil.example', 'null', 'x'.repeat(2000), ['https://app.example.com', 'https://evil.example']),
  Accept: fc.constantFrom('*/*', 'application/octet-stream', 'text/html;q=0', ';;;', 'x'.repeat(5000)),
  Cookie: fc.constantFrom('sallyport_reset=x', 'sallyport_reset=x; sallyport_reset=y', 'a', ';', 'sallyport_enroll_00000000=' + 'x'.repeat(4000)),
  'Accept-Language': fc.constantFrom('de', 'x', '*', 'a-'.repeat(2000), 'en;q=x'),
  'User-Agent': fc.constantFrom('', 'Mozilla/5.0 (X11; Linux x86_64) Firefox/130.0', '\u00ff', 'x'.repeat(4000)),
  'X-Forwarded-For': fc.constantFrom('192.0.2.1', 'x', ',,,', '1'.repeat(3000)),
  Host: fc.constantFrom('localhost', 'localhost:5000', '127.0.0.1', 'evil.example', '', '[::1]', 'localhost:x'),
  'Content-Encoding': fc.constantFrom('gzip', 'identity'),
  'Sec-Fetch-Dest': fc.constantFrom('document', 'iframe'),
  'Access-Control-Request-Method': fc.constantFrom('POST', 'x'),
}, { requiredKeys: [] })])
