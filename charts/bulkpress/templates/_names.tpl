{{- define "bulkpress.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What never changes about a pod: (dict "root" $ "component" "gateway") */}}
{{- define "bulkpress.selector" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{/* Pods that read and write files: gateway and workers */}}
{{- define "bulkpress.readsFiles" -}}
matchLabels: {{- include "bulkpress.selector" (dict "root" .) | nindent 2 }}
matchExpressions:
  - {key: app.kubernetes.io/component, operator: NotIn, values: [scheduler, flower, test, valkey, s3]}
{{- end -}}

{{- define "bulkpress.labels" -}}
{{ include "bulkpress.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "bulkpress.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "bulkpress.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* An image of ours: (dict "root" $ "name" "scheduler") */}}
{{- define "bulkpress.image" -}}
{{- $image := .root.Values.image -}}
{{- $digest := get $image.digests .name -}}
{{- if get $image.names .name -}}
{{ get $image.names .name }}
{{- else if $digest -}}
{{ $image.prefix }}/{{ .name }}@{{ $digest }}
{{- else -}}
{{ $image.prefix }}/{{ .name }}:{{ default .root.Chart.AppVersion $image.tag }}
{{- end -}}
{{- end -}}

{{- define "bulkpress.foreignImage" -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}
{{- end -}}

{{- define "bulkpress.secretKeySecret" -}}
{{ default (printf "%s-key" (include "bulkpress.fullname" .)) .Values.secretKey.existingSecret }}
{{- end -}}
{{- define "bulkpress.redisSecret" -}}
{{ default (printf "%s-redis" (include "bulkpress.fullname" .)) .Values.redis.existingSecret }}
{{- end -}}
{{- define "bulkpress.s3Secret" -}}
{{ default (printf "%s-s3" (include "bulkpress.fullname" .)) .Values.objectStore.existingSecret }}
{{- end -}}
{{- define "bulkpress.flowerSecret" -}}
{{ default (printf "%s-flower" (include "bulkpress.fullname" .)) .Values.flower.existingSecret }}
{{- end -}}
