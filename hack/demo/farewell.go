package demo

import (
	"context"
	"fmt"
	"strings"
)

// farewell says where the endpoint is and how to talk to it.
func (d *Demo) farewell(ctx context.Context) error {
	pods, err := d.Tools.kubectl(ctx, nil, "get", "pods", "-A", "-l", "app.kubernetes.io/part-of=fairlead")
	if err != nil {
		return err
	}
	fmt.Fprintf(d.Out, "\n%s\n", pods)
	fmt.Fprintf(d.Out, "endpoint     %s   (inside the cluster)\n", d.client.BaseURL)
	fmt.Fprintf(d.Out, "key          %s\n\n", d.client.Key)
	for _, line := range append(d.Site.Hints(), talk...) {
		fmt.Fprintln(d.Out, strings.TrimRight(line, " "))
	}
	return nil
}

// talk is how a person goes on, on any cluster.
var talk = []string{
	"  kubectl get -n ai fairlead",
	"  kubectl describe -n ai modelalias/llama3",
	"  kubectl port-forward -n ai service/main 4000 &",
	"  export OPENAI_API_KEY=$(kubectl get secret -n ai main-master-key -o jsonpath='{.data.api-key}' | base64 -d)",
	`  curl -H "Authorization: Bearer $OPENAI_API_KEY" http://127.0.0.1:4000/v1/chat/completions -d '{"model":"llama3","messages":[{"role":"user","content":"hi"}]}'`,
}
