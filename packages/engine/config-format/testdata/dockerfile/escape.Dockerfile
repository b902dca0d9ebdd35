# escape=`
FROM a
RUN a `
 b
COPY <<EOF /a
hi
EOF
