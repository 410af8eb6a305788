{{/* Where Redis is, as YAML: scheme, user, host, port, hasPassword */}}
{{- define "bulkpress.redis" -}}
{{- if .Values.redis.url -}}
{{- $url := urlParse .Values.redis.url -}}
{{- $host := splitList ":" $url.host -}}
scheme: {{ $url.scheme }}
user: {{ $url.userinfo | quote }}
host: {{ first $host }}
port: {{ index (append $host "6379") 1 }}
hasPassword: {{ ne .Values.redis.existingSecret "" }}
{{- else if .Values.redis.sentinel.hosts -}}
scheme: sentinel
user: {{ .Values.redis.sentinel.user | quote }}
port: {{ .Values.redis.sentinel.serverPort }}
hasPassword: {{ ne .Values.redis.existingSecret "" }}
{{- else -}}
scheme: redis
user: ""
host: {{ include "bulkpress.fullname" . }}-valkey
port: 6379
hasPassword: true
{{- end -}}
{{- end -}}

{{/* The URL of a database, with the password left to the kubelet: (dict "root" $ "database" 0) */}}
{{- define "bulkpress.redisUrl" -}}
{{- $redis := include "bulkpress.redis" .root | fromYaml -}}
{{- $login := ternary (printf "%s:$(REDIS_PASSWORD)@" $redis.user) (ternary (printf "%s@" $redis.user) "" (ne $redis.user "")) $redis.hasPassword -}}
{{- $ca := ternary "&ssl_ca_certs=/etc/bulkpress/redis/ca.crt" "" (ne .root.Values.redis.caSecret "") -}}
{{- $sentinels := list }}
{{- range .root.Values.redis.sentinel.hosts }}
{{- $sentinels = append $sentinels (printf "sentinel://%s%s/%v" (ternary "" $login (gt (len $sentinels) 0)) . $.database) }}
{{- end }}
{{- if eq $redis.scheme "sentinel" }}{{ join ";" $sentinels }}
{{- else -}}
{{ $redis.scheme }}://{{ $login }}{{ $redis.host }}:{{ $redis.port }}/{{ .database }}
{{- if eq $redis.scheme "rediss" }}?ssl_cert_reqs=required{{ $ca }}{{ end }}
{{- end }}
{{- end -}}
