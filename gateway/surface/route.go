// Package surface says which path means what in the protocols that clients speak, and how each endpoint is served.
package surface

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/protocol"
)

// Kind of a Route.
type Kind uint8

// Kinds of routes.
const (
	// Unknown is a path that nothing serves.
	Unknown Kind = iota
	// Call is a request for a model.
	Call
	// ListModels and ShowModel ask for all models, for the one that ID names.
	ListModels
	ShowModel
	// Greeting is `/`, where Ollama's clients look whether anybody is there.
	Greeting
	// Version, Running and Show are Ollama's questions about itself, the models in memory, and one model that the body names.
	Version
	Running
	Show
	// Management is what Ollama's clients do to an Ollama and nobody may do to a gateway: pulling, creating and deleting models.
	Management
	// Stored is what needs answers to be kept: OpenAI's /responses/{id}.
	Stored
)

// Route is what a path asks for.
type Route struct {
	Kind Kind
	// Protocol that the client speaks: errors and lists are in its shape.
	Protocol protocol.Name
	// Call is set for the kind Call, ID for ShowModel.
	Call protocol.Call
	ID   string
}

// Method is the only method of a route, besides HEAD for GET. It is empty for what is refused by any method.
func (rt Route) Method() string {
	switch rt.Kind {
	case Call, Show:
		return http.MethodPost
	case Management, Stored:
		return ""
	}
	return http.MethodGet
}

// Find reads the path of a request. `/v1` may be there or not for OpenAI's and Anthropic's paths, and slashes may be doubled,
// because base URLs are configured with and without a slash at their end. The name of a model may hold slashes.
func Find(r *http.Request) Route {
	path := strings.TrimLeft(r.URL.Path, "/")
	rest, isV1 := strings.CutPrefix(path, "v1/")
	if !isV1 {
		rest = path
	}
	rest = strings.TrimLeft(rest, "/")
	switch {
	case strings.Trim(path, "/") == "":
		return Route{Kind: Greeting, Protocol: protocol.Ollama}
	case strings.HasPrefix(path, "api/"):
		return ollamaRoute(strings.Trim(path, "/"))
	case strings.HasPrefix(path, "v1beta/"), strings.HasPrefix(path, "v1alpha/"):
		_, rest, _ = strings.Cut(path, "/")
		return geminiRoute(strings.TrimLeft(rest, "/"), r.URL)
	case strings.HasPrefix(path, "openai/"):
		return azureRoute(strings.TrimPrefix(path, "openai/"))
	}
	return sharedRoute(rest, r)
}

// sharedRoute reads what OpenAI, Anthropic and Gemini share, whose clients are told apart by their headers where the paths are the same.
func sharedRoute(path string, r *http.Request) Route {
	route := Route{Protocol: protocol.OpenAI}
	switch {
	case len(r.Header["Anthropic-Version"]) > 0:
		route.Protocol = protocol.Anthropic
	case len(r.Header["X-Goog-Api-Key"]) > 0:
		route.Protocol = protocol.Gemini
	}
	if id, ok := strings.CutPrefix(path, "models/"); ok && id != "" {
		if _, _, found := cutMethod(id); found {
			return geminiRoute(path, r.URL)
		}
		return describing(path, route)
	}
	path = strings.TrimRight(path, "/")
	if op, ok := anthropicPaths[path]; ok {
		return call(protocol.Anthropic, op, "/"+path, passed(r.URL, "beta"))
	}
	if op, ok := openAIPaths[path]; ok {
		return call(protocol.OpenAI, op, "/"+path, "")
	}
	return describing(path, route)
}

// describing reads the paths that call no model.
func describing(path string, route Route) Route {
	id, one := strings.CutPrefix(path, "models/")
	switch {
	case path == "models":
		route.Kind = ListModels
	case one && id != "":
		route.Kind, route.ID = ShowModel, id
	case strings.HasPrefix(path, "responses/"):
		route.Kind = Stored
	}
	return route
}

func call(p protocol.Name, op protocol.Operation, path, query string) Route {
	c := protocol.Call{Endpoint: protocol.Endpoint{Protocol: p, Operation: op}, Path: path, Query: query}
	return Route{Kind: Call, Protocol: p, Call: c}
}

// azureRoute reads Azure's two ways to write OpenAI's paths: by deployment, which stands for the model, and the newer v1.
func azureRoute(path string) Route {
	path = strings.Trim(path, "/")
	if rest, ok := strings.CutPrefix(path, "v1/"); ok {
		if op := openAIPaths[rest]; op != 0 {
			return call(protocol.OpenAI, op, "/"+rest, "")
		}
		return describing(rest, Route{Protocol: protocol.OpenAI})
	}
	rest, ok := strings.CutPrefix(path, "deployments/")
	if !ok {
		return Route{Protocol: protocol.OpenAI}
	}
	// The name may hold slashes, so that the longest path that fits is the operation.
	best := ""
	for p := range openAIPaths {
		if len(p) > len(best) && strings.HasSuffix(rest, "/"+p) && len(rest) > len(p)+1 {
			best = p
		}
	}
	if best == "" {
		return Route{Protocol: protocol.OpenAI}
	}
	route := call(protocol.OpenAI, openAIPaths[best], "/"+best, "")
	route.Call.Model = strings.TrimSuffix(rest, "/"+best)
	return route
}

// geminiRoute reads `models`, `models/{model}` and `models/{model}:{method}`.
func geminiRoute(path string, u *url.URL) Route {
	route := Route{Protocol: protocol.Gemini}
	if strings.TrimRight(path, "/") == "models" {
		route.Kind = ListModels
		return route
	}
	name, ok := strings.CutPrefix(path, "models/")
	if !ok || name == "" {
		return route
	}
	model, method, found := cutMethod(name)
	if !found {
		route.Kind, route.ID = ShowModel, name
		return route
	}
	route = call(protocol.Gemini, geminiOperations[method], ":"+method, passed(u, "alt"))
	route.Call.Model = model
	route.Call.Stream = method == "streamGenerateContent"
	route.Call.Array = route.Call.Stream && u.Query().Get("alt") != "sse"
	return route
}

// cutMethod splits `{model}:{method}`. Names of models hold colons as well, but none that a method follows.
func cutMethod(name string) (model, method string, found bool) {
	i := strings.LastIndexByte(name, ':')
	if i <= 0 || geminiOperations[name[i+1:]] == 0 {
		return name, "", false
	}
	return name[:i], name[i+1:], true
}

// ollamaRoute reads the paths below /api.
func ollamaRoute(path string) Route {
	if op, ok := ollamaPaths[path]; ok {
		return call(protocol.Ollama, op, "/"+path, "")
	}
	route := Route{Protocol: protocol.Ollama}
	switch {
	case path == "api/tags":
		route.Kind = ListModels
	case path == "api/show":
		route.Kind = Show
	case path == "api/ps":
		route.Kind = Running
	case path == "api/version":
		route.Kind = Version
	case managed(path):
		route.Kind = Management
	}
	return route
}

func managed(path string) bool {
	switch path {
	case "api/create", "api/pull", "api/push", "api/copy", "api/delete":
		return true
	}
	return strings.HasPrefix(path, "api/blobs/")
}

// passed is what of the query an upstream of the same protocol gets: the one key. All else stays here, API keys above all.
func passed(u *url.URL, key string) string {
	if u.RawQuery == "" {
		return ""
	}
	values, ok := u.Query()[key]
	if !ok {
		return ""
	}
	return url.Values{key: values}.Encode()
}
