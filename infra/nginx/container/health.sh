#!/bin/bash
# Health check of the container: does nginx answer? (There is no curl in the image.)
exec 3<>/dev/tcp/127.0.0.1/8079 || exit 1
printf 'GET / HTTP/1.0\r\n\r\n' >&3
read -r -t 2 line <&3 && [[ $line == 'HTTP/1.1 204 '* ]]
