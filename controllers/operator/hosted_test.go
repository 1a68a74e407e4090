package operator_test

import (
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/internal/testkit"
)

// TestBadHostedProviders: what the schema refuses of the hosted types, and what it says.
func TestBadHostedProviders(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	for name, tc := range map[string]struct{ spec, want string }{
		"AzureWithoutEndpoint":  {`{type: AzureOpenAI}`, "endpoint must be set when type is OpenAICompatible or AzureOpenAI"},
		"AzureOfAnotherType":    {`{type: OpenAI, azure: {apiVersion: "2024-10-21"}}`, "azure may be set only when type is AzureOpenAI"},
		"AzureVersionInWords":   {`{type: AzureOpenAI, endpoint: {url: "https://h"}, azure: {apiVersion: latest}}`, "spec.azure.apiVersion"},
		"AzureEmpty":            {`{type: AzureOpenAI, endpoint: {url: "https://h"}, azure: {}}`, "spec.azure"},
		"VertexWithoutPlace":    {`{type: VertexAI}`, "vertexAI must be set if and only if type is VertexAI"},
		"VertexOfAnotherType":   {`{type: Gemini, vertexAI: {project: p, location: l}}`, "vertexAI must be set if and only if type is VertexAI"},
		"VertexWithoutProject":  {`{type: VertexAI, vertexAI: {location: l}}`, "spec.vertexAI.project"},
		"VertexWithoutLocation": {`{type: VertexAI, vertexAI: {project: p}}`, "spec.vertexAI.location"},
		"VertexLocationIsAPath": {`{type: VertexAI, vertexAI: {project: p, location: l/x}}`, "spec.vertexAI.location"},
		"BedrockWithoutRegion":  {`{type: Bedrock}`, "bedrock must be set if and only if type is Bedrock"},
		"BedrockOfAnotherType":  {`{type: Anthropic, bedrock: {region: eu-central-1}}`, "bedrock must be set if and only if type is Bedrock"},
		"BedrockRegionIsAZone":  {`{type: Bedrock, bedrock: {region: eu-central-1a}}`, "spec.bedrock.region"},
		"KeyWithoutSecret":      {`{type: Anthropic, auth: {}}`, "secretRef must be set, unless type is WorkloadIdentity"},
		"IdentityWithSecret": {
			`{type: Bedrock, bedrock: {region: eu-central-1}, auth: {type: WorkloadIdentity, secretRef: {name: s}}}`,
			"secretRef must not be set when type is WorkloadIdentity",
		},
		"IdentityWithHeader": {
			`{type: Bedrock, bedrock: {region: eu-central-1}, auth: {type: WorkloadIdentity, header: x}}`,
			"header must not be set when type is WorkloadIdentity",
		},
		"IdentityForAKey": {`{type: OpenAI, auth: {type: WorkloadIdentity}}`, "auth.type WorkloadIdentity is for types VertexAI and Bedrock only"},
		"HeaderOfAFile": {
			`{type: VertexAI, vertexAI: {project: p, location: l}, auth: {secretRef: {name: s}, header: x}}`,
			"auth.header must not be set when type is VertexAI or Bedrock",
		},
		"PolicyUnknown": {`{type: OpenAI, parameters: {policy: Ignore}}`, "Unsupported value"},
	} {
		t.Run(name, func(t *testing.T) {
			expectRefused(t, c, ns, `{kind: ModelProvider, metadata: {name: a}, spec: `+tc.spec+`}`, tc.want)
		})
	}
}

// TestCredentialsFile follows an AWS credentials file: without its secret key it is refused in words that show nothing of it,
// complete it goes to the gateway as it is, and a Bedrock API key in its place is told from it.
func TestCredentialsFile(t *testing.T) {
	c := needCluster(t)
	ns := c.Namespace(t, nil)
	start(t, options(ns))
	const file = "[default]\naws_access_key_id = canary-id\naws_secret_access_key = canary-secret"
	secret := testkit.Secret(ns, "aws", map[string]string{"api-key": strings.TrimSuffix(file, "canary-secret")})
	provider := bedrock(ns, &v1alpha1.Auth{SecretRef: &v1alpha1.SecretKeyReference{Name: "aws"}})
	c.Create(t, secret, testkit.Gateway(ns, "main"), provider, testkit.Alias(ns, "nova", []string{"aws"}))
	message := testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonInvalid)
	if !strings.HasSuffix(message, `in Secret "aws": its [default] has no aws_secret_access_key.`) {
		t.Errorf("message = %q", message)
	}
	entry := v1alpha1.ProviderCredentialKey(ns, "aws")
	for value, kind := range map[string]v1alpha1.CredentialType{
		file: v1alpha1.CredentialAWSCredentials, "canary-key": v1alpha1.CredentialAPIKey,
	} {
		testkit.Edit(t, c.Client, secret, func(s *corev1.Secret) { s.StringData = map[string]string{"api-key": value + "\n"} })
		read(t, c.Client, ns, "main-credentials", holds(entry, value))
		testkit.Eventually(t, func() error {
			testkit.ExpectThere(t, c.Client, provider)
			if e := provider.Status.Endpoint; e == nil || e.CredentialType != kind {
				return fmt.Errorf("endpoint = %+v, want credentialType %s", e, kind)
			}
			return nil
		})
		testkit.ExpectCondition(t, c.Client, provider, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	}
	noCanary(t, c)
}

// TestWorkloadIdentity: a provider that borrows the gateway's identity needs no Secret, and works only in the gateway's namespace.
func TestWorkloadIdentity(t *testing.T) {
	c := needCluster(t)
	ns, other := c.Namespace(t, nil), c.Namespace(t, nil)
	start(t, options(ns, other))
	borrow := func(namespace string) *v1alpha1.ModelProvider {
		p := bedrock(namespace, &v1alpha1.Auth{Type: v1alpha1.AuthWorkloadIdentity})
		p.Spec.AllowedNamespaces = testkit.Everyone()
		return p
	}
	own, foreign := borrow(ns), borrow(other)
	gateway := testkit.Gateway(ns, "main", func(g *v1alpha1.Gateway) { g.Spec.AllowedNamespaces = testkit.Everyone() })
	good := testkit.Alias(ns, "good", []string{"aws"})
	bad := testkit.Alias(other, "bad", []string{"aws"}, func(a *v1alpha1.ModelAlias) { a.Spec.GatewayRef.Namespace = v1alpha1.Namespace(ns) })
	c.Create(t, gateway, own, foreign, good, bad)
	testkit.ExpectCondition(t, c.Client, own, v1alpha1.ConditionReady, yes, v1alpha1.ReasonReady)
	testkit.ExpectCondition(t, c.Client, good, v1alpha1.ConditionResolvedRefs, yes, v1alpha1.ReasonResolvedRefs)
	testkit.ExpectCondition(t, c.Client, bad, v1alpha1.ConditionResolvedRefs, no, v1alpha1.ReasonRefNotPermitted)
	if bad.Status.Route != nil {
		t.Error("another namespace's provider was lent the gateway's identity")
	}
	if e := own.Status.Endpoint; e.CredentialType != v1alpha1.CredentialAWSAmbient || e.CredentialKey != "" {
		t.Errorf("endpoint = %+v, want ambient credentials and no entry of a Secret", e)
	}
}

// bedrock makes a ModelProvider "aws".
func bedrock(namespace string, auth *v1alpha1.Auth) *v1alpha1.ModelProvider {
	return testkit.OpenAI(namespace, "aws", func(p *v1alpha1.ModelProvider) {
		p.Spec.Type, p.Spec.Bedrock, p.Spec.Auth = v1alpha1.ProviderBedrock, &v1alpha1.Bedrock{Region: "eu-central-1"}, auth
	})
}
