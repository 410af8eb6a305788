{{/* Bytes of a quantity in Mi or Gi, which is what the schema lets through */}}
{{- define "bulkpress.bytes" -}}
{{- if hasSuffix "Gi" . -}}
{{ mul (trimSuffix "Gi" . | int64) 1073741824 }}
{{- else -}}
{{ mul (trimSuffix "Mi" . | int64) 1048576 }}
{{- end -}}
{{- end -}}

{{/* Settings that are no secret, the same for all services */}}
{{- define "bulkpress.configData" -}}
BULKPRESS_LOG_FORMAT: json
{{- with .Values.objectStore }}
BULKPRESS_STORE: {{ default "s3://bulkpress" .url | quote }}
{{- if .url }}
{{- with .endpoint }}
BULKPRESS_S3_ENDPOINT: {{ . | quote }}
{{- end }}
{{- else }}
BULKPRESS_S3_ENDPOINT: http://{{ include "bulkpress.fullname" $ }}-s3:7070
{{- end }}
{{- with .publicEndpoint }}
BULKPRESS_S3_PUBLIC_ENDPOINT: {{ . | quote }}
{{- end }}
AWS_DEFAULT_REGION: {{ .region | quote }}
{{- end }}
{{- range $lane, $infix := dict "compression" "" "compression-express" "EXPRESS_" "compression-heavy" "HEAVY_" }}
{{- with get $.Values.workers $lane }}
BULKPRESS_{{ $infix }}PRESS_LIMIT_S: {{ .pressLimitSeconds | quote }}
BULKPRESS_{{ $infix }}SOFT_TIME_LIMIT_S: {{ .softTimeLimitSeconds | quote }}
BULKPRESS_{{ $infix }}HARD_TIME_LIMIT_S: {{ .hardTimeLimitSeconds | quote }}
BULKPRESS_{{ $infix }}MEMORY_LIMIT_BYTES: {{ include "bulkpress.bytes" .memoryPerFile | quote }}
{{- end }}
{{- end }}
{{- if .Values.redis.sentinel.hosts }}
BULKPRESS_SENTINEL_MASTER: {{ .Values.redis.sentinel.master | quote }}
{{- end }}
{{- range $name, $value := .Values.settings }}
{{ $name }}: {{ $value | toString | quote }}
{{- end }}
{{- end -}}

{{/* Seconds that a lane's pods go on with their files when told to stop */}}
{{- define "bulkpress.shutdownGrace" -}}
{{- if kindIs "invalid" .shutdownGraceSeconds }}{{ .hardTimeLimitSeconds }}{{ else }}{{ .shutdownGraceSeconds }}{{ end -}}
{{- end -}}
