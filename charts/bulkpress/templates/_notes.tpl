{{- define "bulkpress.notes" -}}
Bulkpress {{ .Chart.AppVersion }} is installed as {{ .Release.Name }} in {{ .Release.Namespace }}.

The API, from this machine:
  kubectl --namespace {{ .Release.Namespace }} port-forward service/{{ include "bulkpress.fullname" . }}-gateway 8000:{{ .Values.gateway.service.port }}
{{- if contains "keys" .Values.gateway.auth }}
A key for a caller:
  kubectl --namespace {{ .Release.Namespace }} exec deploy/{{ include "bulkpress.fullname" . }}-gateway -- python -m upload_gateway.keys create --tenant acme --name first
{{- end }}
Press a PDF to see that all of it works:
  helm --namespace {{ .Release.Namespace }} test {{ .Release.Name }}
{{- if .Values.valkey.enabled }}

WARNING: jobs are in the built-in Valkey, one pod without replica or backup. For production set redis.url and valkey.enabled=false.
{{- end }}
{{- if .Values.s3.enabled }}

WARNING: files are in the built-in S3 server, one pod and one volume. For production set objectStore.url and s3.enabled=false.
{{- end }}
{{- if eq .Values.gateway.auth "none" }}

WARNING: gateway.auth=none asks nobody who they are. Let only something that asks reach the gateway (networkPolicy.gatewayFrom).
{{- end }}
{{- if not .Values.networkPolicy.enabled }}

WARNING: networkPolicy.enabled=false lets every pod of the cluster reach Redis and the object store.
{{- end }}
{{- if hasPrefix "redis://" .Values.redis.url }}

WARNING: redis.url has no TLS: passwords and jobs cross the network in the clear. Use rediss://.
{{- end }}
{{- if eq .Values.autoscaling.kind "none" }}

No lane is autoscaled. With KEDA installed, set autoscaling.kind=keda.
{{- end }}
{{- end -}}
