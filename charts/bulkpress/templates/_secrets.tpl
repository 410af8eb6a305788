{{/* A secret whose values are made at the first installation and stay: (dict "root" $ "name" … "keys" (dict key value)) */}}
{{- define "bulkpress.keptSecret" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .name -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ .name }}
  labels: {{- include "bulkpress.labels" (dict "root" .root) | nindent 4 }}
  annotations:
    helm.sh/resource-policy: keep
type: Opaque
data:
  {{- range $key, $value := .keys }}
  {{ $key }}: {{ dig "data" $key ($value | b64enc) ($found | default dict) }}
  {{- end }}
{{- end -}}
