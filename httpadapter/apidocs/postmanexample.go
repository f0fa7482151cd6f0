package apidocs

import (
	"fmt"
	"net/http"
	"strings"
)

// postmanExample is a recorded call.
func postmanExample(e *Example) postmanAnswer {
	headers := func(pairs ...string) []postmanField {
		list := []postmanField{}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				list = append(list, postmanField{Key: pairs[i], Value: pairs[i+1]})
			}
		}
		return list
	}
	path, query, _ := strings.Cut(e.Request.Path, "?")
	sent := postmanRequest{
		Method: e.Request.Method, Auth: postmanAuth{Type: "noauth"},
		Header: headers("Authorization", e.Request.Authorization, "Accept", e.Request.Accept, "Content-Type", e.Request.ContentType),
		URL:    postmanURL{Raw: as(varURL) + e.Request.Path, Host: []string{as(varURL)}, Path: strings.Split(strings.TrimPrefix(path, "/"), "/")},
	}
	for pair := range strings.SplitSeq(query, "&") {
		if name, text, ok := strings.Cut(pair, "="); ok {
			sent.URL.Query = append(sent.URL.Query, postmanField{Key: name, Value: text})
		}
	}
	if e.Request.Body != "" {
		sent.Body = &postmanBody{Mode: "raw", Raw: e.Request.Body}
	}
	return postmanAnswer{
		Name: fmt.Sprintf("%d: %s", e.Response.Status, e.Summary), Original: sent,
		Status: http.StatusText(e.Response.Status), Code: e.Response.Status, Language: "json",
		Header: headers("Content-Type", e.Response.ContentType, "WWW-Authenticate", e.Response.Challenge), Body: string(e.Response.Body),
	}
}
