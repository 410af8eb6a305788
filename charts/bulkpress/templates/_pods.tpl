{{/* What all pods have */}}
{{- define "bulkpress.podSpec" -}}
serviceAccountName: {{ include "bulkpress.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: 65532
  runAsGroup: 65532
  fsGroup: 65532
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- end -}}

{{- define "bulkpress.spread" -}}
{{- $selector := include "bulkpress.selector" . | fromYaml -}}
{{- with .root.Values.topologySpreadConstraints }}
topologySpreadConstraints:
  {{- range . }}
  - {{- merge (dict "labelSelector" (dict "matchLabels" $selector)) . | toYaml | nindent 4 }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Annotations that let pods be replaced when what they read at their start has changed */}}
{{- define "bulkpress.podAnnotations" -}}
checksum/config: {{ include "bulkpress.configData" . | sha256sum }}
{{- with .Values.podAnnotations }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "bulkpress.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* Variables of our containers: settings from the ConfigMap, secrets, and what holds them together */}}
{{- define "bulkpress.env" -}}
{{- $redis := include "bulkpress.redis" . | fromYaml }}
{{- if $redis.hasPassword }}
- name: REDIS_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ include "bulkpress.redisSecret" . }}, key: redis-password}}
{{- end }}
- name: CELERY_BROKER_URL
  value: {{ include "bulkpress.redisUrl" (dict "root" . "database" .Values.redis.brokerDatabase) | quote }}
- name: CELERY_RESULT_BACKEND
  value: {{ include "bulkpress.redisUrl" (dict "root" . "database" .Values.redis.brokerDatabase) | quote }}
- name: BULKPRESS_STATE_URL
  value: {{ include "bulkpress.redisUrl" (dict "root" . "database" .Values.redis.stateDatabase) | quote }}
- name: BULKPRESS_SECRET_KEY
  valueFrom: {secretKeyRef: {name: {{ include "bulkpress.secretKeySecret" . }}, key: secret-key}}
{{- if or .Values.objectStore.existingSecret (not .Values.objectStore.url) }}
- name: AWS_ACCESS_KEY_ID
  valueFrom: {secretKeyRef: {name: {{ include "bulkpress.s3Secret" . }}, key: access-key-id}}
- name: AWS_SECRET_ACCESS_KEY
  valueFrom: {secretKeyRef: {name: {{ include "bulkpress.s3Secret" . }}, key: secret-access-key}}
{{- end }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "bulkpress.volumeMounts" -}}
- {name: tmp, mountPath: /tmp}
{{- if .Values.hotReload }}
- {name: code, mountPath: /code}
- {name: hot-reload, mountPath: /etc/bulkpress/hot-reload, readOnly: true}
{{- end }}
{{- if .Values.redis.caSecret }}
- {name: redis-ca, mountPath: /etc/bulkpress/redis, readOnly: true}
{{- end }}
{{- with .Values.extraVolumeMounts }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "bulkpress.volumes" -}}
- {name: tmp, emptyDir: {sizeLimit: 64Mi}}
{{- if .Values.hotReload }}
- {name: code, emptyDir: {sizeLimit: 64Mi}}
- {name: hot-reload, configMap: {name: {{ include "bulkpress.fullname" . }}-hot-reload}}
{{- end }}
{{- with .Values.redis.caSecret }}
- {name: redis-ca, secret: {secretName: {{ . }}}}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* The command of a service that is started anew when its code changes: (dict "root" $ "module" "scheduler") */}}
{{- define "bulkpress.command" -}}
{{- if .root.Values.hotReload }}
command: [python, /etc/bulkpress/hot-reload/hot_reload.py, {{ .module }}]
{{- end }}
{{- end -}}
