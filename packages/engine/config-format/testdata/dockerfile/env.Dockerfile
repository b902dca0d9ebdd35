FROM a
ENV A=
ENV B="x y"z\ q=1
ENV "C"=1
RUN a \
# c

 b
# d
Run [ "a" , "b" ]
CMD []
ONBUILD CMD ["a"]
ONBUILD COPY --from=x a b
HEALTHCHECK CMD ["a","b"]
EXPOSE 1   2
SHELL ["a"]
USER  a  b 
ADD a "b c" d
RUN a\ 
b
RUN
FROM b
ARG A=1 B="2 3" C
LABEL "x y"="z" w='a b'
ENV  D   "x  y"  
