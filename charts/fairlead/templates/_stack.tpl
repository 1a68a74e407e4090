{{- /* The manifests of the default stack: one document for each object. */ -}}
{{- define "fairlead.stack" -}}
{{- $gateway := .Values.stack.gateway.name -}}
apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata:
  name: {{ $gateway }}
spec: {{- .Values.stack.gateway.spec | default dict | toYaml | nindent 2 }}
{{- range $name, $spec := .Values.stack.providers }}
{{- if not (kindIs "invalid" $spec) }}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata:
  name: {{ $name }}
spec: {{- toYaml $spec | nindent 2 }}
{{- end }}
{{- end }}
{{- range $kind, $objects := dict "ModelAlias" .Values.stack.aliases "GatewayKey" .Values.stack.keys }}
{{- range $name, $spec := $objects }}
{{- if not (kindIs "invalid" $spec) }}
---
apiVersion: fairlead.dev/v1alpha1
kind: {{ $kind }}
metadata:
  name: {{ $name }}
spec: {{- merge (deepCopy $spec) (dict "gatewayRef" (dict "name" $gateway)) | toYaml | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- /* Models that the stack's Gateway lists by the stack's aliases, as a JSON array: neither hidden ones nor patterns, nor those of other gateways. */ -}}
{{- define "fairlead.stackModels" -}}
{{- $models := list -}}
{{- range $name, $spec := .Values.stack.aliases -}}
{{- if not (kindIs "invalid" $spec) -}}
{{- $gateway := $spec.gatewayRef | default dict -}}
{{- $here := and (eq ($gateway.name | default $.Values.stack.gateway.name) $.Values.stack.gateway.name) (eq ($gateway.namespace | default $.Release.Namespace) $.Release.Namespace) -}}
{{- $model := $spec.model | default $name -}}
{{- if and $here (ne (toString $spec.visibility) "Hidden") (not (contains "*" $model)) -}}
{{- $models = append $models $model -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $models -}}
{{- end -}}

{{- /* Where the master key of the stack's Gateway is, as JSON: the Secret's name and the entry's key. */ -}}
{{- define "fairlead.stackMasterKey" -}}
{{- $ref := (((.Values.stack.gateway.spec).keys).masterKeySecretRef) | default (dict "name" (printf "%s-master-key" .Values.stack.gateway.name)) -}}
{{- dict "name" $ref.name "key" ($ref.key | default "api-key") | toJson -}}
{{- end -}}

{{- /* Name of what applies the stack. */ -}}
{{- define "fairlead.stackName" -}}
{{ include "fairlead.name" . }}-stack
{{- end -}}

{{- /* A Job that runs `fairlead stack`: (list . "suffix of its name" (list arguments…)). */ -}}
{{- define "fairlead.stackJob" -}}
{{- $ := index . 0 -}}
template:
  metadata:
    labels: {{- include "fairlead.componentLabels" (list $ "stack") | nindent 6 }}
  spec:
    restartPolicy: Never
    serviceAccountName: {{ include "fairlead.stackName" $ }}
    {{- include "fairlead.placement" $ | nindent 4 }}
    securityContext: {{- include "fairlead.podSecurity" $ | nindent 6 }}
    containers:
    - name: stack
      image: {{ include "fairlead.image" $ }}
      imagePullPolicy: {{ $.Values.image.pullPolicy }}
      args: {{- toYaml (index . 1) | nindent 6 }}
      resources:
        requests: {cpu: 10m, memory: 32Mi}
        limits: {memory: 128Mi}
      securityContext: {{- include "fairlead.containerSecurity" $ | nindent 8 }}
      {{- if has "apply" (index . 1) }}
      volumeMounts:
      - {name: stack, mountPath: /stack, readOnly: true}
    volumes:
    - name: stack
      configMap: {name: {{ include "fairlead.stackName" $ }}}
      {{- end }}
{{- end -}}
