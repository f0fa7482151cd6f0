package apidocs

// The parts of a collection of Postman, format 2.1:
// https://schema.postman.com/json/collection/v2.1.0/docs/index.html

type postmanFile struct {
	Info  postmanInfo   `json:"info"`
	Items []postmanItem `json:"item"`
}

type postmanInfo struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Schema      string `json:"schema"`
}

// postmanItem is a request, or a folder with items of its own.
type postmanItem struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Items       []postmanItem   `json:"item,omitempty"`
	Events      []postmanEvent  `json:"event,omitempty"`
	Request     *postmanRequest `json:"request,omitempty"`
	Responses   []postmanAnswer `json:"response,omitempty"`
}

// postmanAnswer is an example of an answer: here a recorded one, with what was sent for it.
type postmanAnswer struct {
	Name     string         `json:"name"`
	Original postmanRequest `json:"originalRequest"`
	Status   string         `json:"status"`
	Code     int            `json:"code"`
	Language string         `json:"_postman_previewlanguage"`
	Header   []postmanField `json:"header"`
	Body     string         `json:"body"`
}

type postmanEvent struct {
	Listen string        `json:"listen"` // prerequest or test
	Script postmanScript `json:"script"`
}

type postmanScript struct {
	Type string   `json:"type"`
	Exec []string `json:"exec"` // by line
}

type postmanRequest struct {
	Method      string         `json:"method"`
	Header      []postmanField `json:"header"`
	Auth        postmanAuth    `json:"auth"`
	Body        *postmanBody   `json:"body,omitempty"`
	URL         postmanURL     `json:"url"`
	Description string         `json:"description,omitempty"`
}

type postmanAuth struct {
	Type   string         `json:"type"` // noauth or bearer
	Bearer []postmanField `json:"bearer,omitempty"`
}

type postmanBody struct {
	Mode string         `json:"mode"` // urlencoded, or raw in examples
	Form []postmanField `json:"urlencoded,omitempty"`
	Raw  string         `json:"raw,omitempty"`
}

type postmanURL struct {
	Raw      string         `json:"raw"`
	Host     []string       `json:"host"`
	Path     []string       `json:"path,omitempty"`
	Query    []postmanField `json:"query,omitempty"`
	Variable []postmanField `json:"variable,omitempty"`
}

type postmanField struct {
	Key         string `json:"key"`
	Value       string `json:"value"`
	Type        string `json:"type,omitempty"`
	Description string `json:"description,omitempty"`
	Disabled    bool   `json:"disabled,omitempty"`
}
