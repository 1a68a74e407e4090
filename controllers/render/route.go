package render

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// KindHTTPRoute is the kind of a route of the Gateway API.
func KindHTTPRoute() schema.GroupVersionKind {
	return schema.GroupVersionKind{Group: "gateway.networking.k8s.io", Version: "v1", Kind: "HTTPRoute"}
}

// gatewayRoute leads every path of its hostnames to the Service, without a timeout: the gateway has its own, and a proxy in front of it
// must not be faster. Source: https://gateway-api.sigs.k8s.io/api-types/httproute/#timeouts-optional
func gatewayRoute(in GatewayInput) Object {
	wanted := in.Gateway.Spec.HTTPRoute
	if wanted == nil {
		return nil
	}
	parents := make([]any, len(wanted.ParentRefs))
	for i, p := range wanted.ParentRefs {
		parent := map[string]any{"name": string(p.Name)}
		if p.Namespace != "" {
			parent["namespace"] = string(p.Namespace)
		}
		if p.SectionName != "" {
			parent["sectionName"] = p.SectionName
		}
		parents[i] = parent
	}
	spec := map[string]any{
		"parentRefs": parents,
		"rules": []any{map[string]any{
			"backendRefs": []any{map[string]any{"name": in.Gateway.Name, "port": int64(servicePort(in.Gateway))}},
			"timeouts":    map[string]any{"request": "0s", "backendRequest": "0s"},
		}},
	}
	if len(wanted.Hostnames) > 0 {
		hostnames := make([]any, len(wanted.Hostnames))
		for i, h := range wanted.Hostnames {
			hostnames[i] = string(h)
		}
		spec["hostnames"] = hostnames
	}
	return foreign(in, KindHTTPRoute(), spec)
}

// foreign is an object of a kind that belongs to another project, whose types are not known here.
func foreign(in GatewayInput, kind schema.GroupVersionKind, spec map[string]any) *unstructured.Unstructured {
	g := in.Gateway
	u := &unstructured.Unstructured{Object: map[string]any{"spec": spec}}
	u.SetGroupVersionKind(kind)
	u.SetNamespace(g.Namespace)
	u.SetName(g.Name)
	u.SetLabels(gatewayLabels(componentGateway, g))
	return u
}
