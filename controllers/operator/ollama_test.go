package operator_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
	"github.com/fairlead-dev/fairlead/controllers/render"
)

// TestManagedOllamaIsFilled follows a managed server from its first Pod to its last model, through a registry mirror.
func TestManagedOllamaIsFilled(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	server := testkit.NewOllamaServer(t)
	release := server.Hold()
	o := options(ns)
	o.PodURL = podURL(server.URL)
	stop := start(t, o)
	provider := testkit.Ollama(ns, "local", []string{"llama3.2:3b", "coder"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Registry = &v1alpha1.OllamaRegistry{Host: "mirror:5000", Insecure: true}
		p.Spec.Ollama.Models[0].Preload = true
	})
	c.Create(t, provider)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionModelsAvailable, no, v1alpha1.ReasonServerNotReady)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, no, v1alpha1.ReasonWorkloadNotReady)
	testkit.ReadyPod(t, c.Client, ns, "local-ollama-0", render.OllamaPods(provider))
	testkit.ReadyStatefulSet(t, c.Client, ns, "local-ollama")

	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, no, v1alpha1.ReasonPulling)
	testkit.Eventually(t, func() error {
		testkit.ExpectThere(t, c.Client, provider)
		if p := provider.Status; p.Progress != "llama3.2:3b 50 %" || p.ModelsReady != "0/2" || p.Models[0].TotalBytes != 30896224 {
			return fmt.Errorf("progress %q, ready %q, models %+v", p.Progress, p.ModelsReady, p.Models)
		}
		return nil
	})
	stop()
	start(t, o)
	release()

	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	if p := provider.Status; p.ModelsReady != "2/2" || p.Progress != "" {
		t.Errorf("modelsReady %q, progress %q", p.ModelsReady, p.Progress)
	}
	for _, want := range []string{
		"pull mirror:5000/library/llama3.2:3b", "copy mirror:5000/library/llama3.2:3b llama3.2:3b",
		"delete mirror:5000/library/llama3.2:3b", "load llama3.2:3b", "copy mirror:5000/library/coder coder",
	} {
		testkit.Eventually(t, func() error {
			if !slices.Contains(server.Requests(), want) {
				return fmt.Errorf("the server was not asked to %q, only %q", want, server.Requests())
			}
			return nil
		})
	}
	before := len(server.Requests())
	server.Forget("coder:latest")
	testkit.Eventually(t, func() error {
		if len(server.Requests()) < before+3 {
			return errors.New("a model that disappeared was not pulled again")
		}
		return nil
	})
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
}

// TestPullFails: one model that cannot be had is reported with the server's reason, keeps no other away, and arrives as soon as
// it can be had.
func TestPullFails(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	server := testkit.NewOllamaServer(t, "there:latest")
	server.Refuse("typo", "pull model manifest: file does not exist")
	start(t, options(ns))
	provider := testkit.Ollama(ns, "local", []string{"typo", "there", "other"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed, p.Spec.Endpoint = nil, &v1alpha1.Endpoint{URL: server.URL}
	})
	alias := testkit.Alias(ns, "chat", []string{"local"}, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = "other:latest" })
	broken := testkit.Alias(ns, "broken", []string{"local"}, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = "typo" })
	c.Create(t, testkit.Gateway(ns, "main"), provider, alias, broken)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	message := testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionModelsAvailable, no, v1alpha1.ReasonPullFailed)
	if !strings.Contains(message, "typo (NotFound: pull model manifest: file does not exist. ") {
		t.Errorf("message = %q", message)
	}
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, broken, v1alpha1.ConditionReady, no, v1alpha1.ReasonNoTargetReady)
	server.Refuse("typo", "")
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, broken, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.Eventually(t, func() error {
		list := &corev1.EventList{}
		if err := c.Client.List(t.Context(), list); err != nil {
			return err
		}
		for _, e := range list.Items {
			if e.InvolvedObject.UID == provider.UID && e.Reason == v1alpha1.ReasonPullFailed && e.Type == corev1.EventTypeWarning {
				return nil
			}
		}
		return errors.New("no event tells of the failed pull")
	})
}

// TestServerAway: an external server that does not answer makes its provider not ready, and answers later.
func TestServerAway(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	provider := testkit.Ollama(ns, "local", []string{"tiny"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed, p.Spec.Endpoint = nil, &v1alpha1.Endpoint{URL: "http://127.0.0.1:1"}
	})
	c.Create(t, provider)
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, no, v1alpha1.ReasonServerNotReady)
	server := testkit.NewOllamaServer(t, "tiny:latest")
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Endpoint.URL = server.URL })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady)
}

// TestBrokenProviderGoesOnServing: an edit that cannot be served takes no model away, also where the operator is restarted
// meanwhile, and it stays so until the edit is mended.
func TestBrokenProviderGoesOnServing(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	server := testkit.NewOllamaServer(t, "tiny:latest")
	stop := start(t, options(ns))
	provider := testkit.Ollama(ns, "local", []string{"tiny"}, func(p *v1alpha1.ModelProvider) {
		p.Spec.Ollama.Managed, p.Spec.Endpoint = nil, &v1alpha1.Endpoint{URL: server.URL}
	})
	alias := testkit.Alias(ns, "chat", []string{"local"}, func(a *v1alpha1.ModelAlias) { a.Spec.Targets[0].Model = "tiny" })
	c.Create(t, testkit.Gateway(ns, "main"), provider, alias)
	testkit.StartDataPlane(t, c.Client, ns, "main", 1)
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)

	broken := &v1alpha1.ProviderDefaults{Timeouts: &v1alpha1.Timeouts{Request: "0s"}}
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Defaults = broken })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	stop()
	start(t, options(ns))
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Defaults.Timeouts.FirstByte = "1s" })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionAccepted, no, v1alpha1.ReasonInvalid)
	if m := provider.Status.Models; len(m) != 1 || m[0].State != v1alpha1.ModelReady || provider.Status.Endpoint == nil {
		t.Errorf("models = %+v, endpoint = %+v", m, provider.Status.Endpoint)
	}
	testkit.ExpectCondition(t, c.Client, alias, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.Edit(t, c.Client, provider, func(p *v1alpha1.ModelProvider) { p.Spec.Defaults = nil })
	testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
}
