{{- define "init" }}
{{- $_ := set .Values "derived" (printf "%s-%s" .Release.Name .Values.image.tag) }}
{{- $_ := set .Values.image "full" (printf "nginx:%s" .Values.image.tag) }}
{{- if not (hasKey .Values "extra") }}{{ $_ := set .Values "extra" (dict "made" true) }}{{ end }}
{{- end }}
