#!/bin/bash
# Tells apt by which way to fetch a URL: prybar-package-proxy URL (apt-transport-http(1), Proxy-Auto-Detect).
# Written by Prybar from the barclamp package-mirror; changes made here are undone.
mirror=192.168.124.51 port=3142
host=${1#*://}
host=${host%%[/:]*}
case $host in
  deb.debian.org | security.debian.org | ftp.debian.org | snapshot.debian.org | archive.ubuntu.com | security.ubuntu.com | dl.rockylinux.org)
    # While the mirror is away, a machine that has another way out takes it.
    if timeout 3 bash -c "exec 3<>/dev/tcp/$mirror/$port" 2>/dev/null; then
      echo "http://$mirror:$port"
      exit
    fi
    ;;
esac
echo DIRECT
