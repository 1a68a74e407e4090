{{- define "fairlead.name" -}}
{{- $chart := .Values.nameOverride | default .Chart.Name -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" -}}
{{- else if contains $chart .Release.Name -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $chart | trunc 50 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{- /* Name of what lies in no namespace: a colon is in no other name, so that two releases never share one. */ -}}
{{- define "fairlead.clusterName" -}}
{{ include "fairlead.name" . }}:{{ .Release.Namespace }}
{{- end -}}

{{- define "fairlead.selector" -}}
app.kubernetes.io/name: fairlead
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: operator
{{- end -}}

{{- define "fairlead.labels" -}}
{{ include "fairlead.componentLabels" (list . "operator") }}
{{- end -}}

{{- /* Labels of what belongs to another component than the operator, and more: (list . "name" more…). Of two of a name, the later counts. */ -}}
{{- define "fairlead.componentLabels" -}}
{{- $ := index . 0 -}}
{{- $labels := dict
  "app.kubernetes.io/name" "fairlead"
  "app.kubernetes.io/instance" $.Release.Name
  "app.kubernetes.io/component" (index . 1)
  "app.kubernetes.io/part-of" "fairlead"
  "app.kubernetes.io/version" ($.Chart.AppVersion | replace "+" "_")
  "app.kubernetes.io/managed-by" $.Release.Service
  "helm.sh/chart" (printf "%s-%s" $.Chart.Name $.Chart.Version | replace "+" "_")
-}}
{{- range prepend (slice . 2) $.Values.commonLabels -}}
{{- $labels = mergeOverwrite $labels (. | default dict | deepCopy) -}}
{{- end -}}
{{- toYaml $labels -}}
{{- end -}}

{{- define "fairlead.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}
