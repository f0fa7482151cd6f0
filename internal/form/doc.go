// Package form reads what a request brings: a body of a form or a JSON object,
// the last segment of a path, a client's credentials, an address behind proxies.
// It is strict and bounded, and knows neither routes nor the engine.
package form
