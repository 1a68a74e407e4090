{{- /* The manifests of the default stack: one document for each object. */ -}}
{{- define "fairlead.stack" -}}
{{- $gateway := .Values.stack.gateway.name -}}
apiVersion: fairlead.dev/v1alpha1
kind: Gateway
metadata:
  name: {{ $gateway }}
spec: {{- .Values.stack.gateway.spec | default dict | toYaml | nindent 2 }}
{{- range $name, $spec := .Values.stack.providers }}
---
apiVersion: fairlead.dev/v1alpha1
kind: ModelProvider
metadata:
  name: {{ $name }}
spec: {{- toYaml $spec | nindent 2 }}
{{- end }}
{{- range $kind, $objects := dict "ModelAlias" .Values.stack.aliases "GatewayKey" .Values.stack.keys }}
{{- range $name, $spec := $objects }}
---
apiVersion: fairlead.dev/v1alpha1
kind: {{ $kind }}
metadata:
  name: {{ $name }}
spec: {{- merge (deepCopy ($spec | default dict)) (dict "gatewayRef" (dict "name" $gateway)) | toYaml | nindent 2 }}
{{- end }}
{{- end }}
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
