#!/bin/bash
# Tells apt by which way to fetch a URL: prybar-package-proxy URL (apt-transport-http(1), Proxy-Auto-Detect).
# Written by Prybar from the barclamp package-mirror; changes made here are undone.
mirror=192.168.124.51 port=3142
host=${1#*://}
host=${host%%[/:]*}
case $host in
esac
echo DIRECT
