// Package render turns a Gateway or a managed ModelProvider into the Kubernetes objects that it needs.
//
// It is pure: what it cannot derive from the object, such as a generated password, is an input. One file holds one kind of
// object; the lists of factories in gateway.go and ollama.go say what belongs to what. A factory returns nil where its
// object is not wanted, and package apply removes what is rendered no more.
//
// Every Pod passes the Pod Security Standard "restricted": a test evaluates each against the upstream implementation.
package render
