# ssh's ProxyCommand for a node in another network namespace: connects there and hands the socket over (ProxyUseFdpass of
# ssh_config(5)), so that no byte is copied. Started inside that namespace: HOST PORT

import socket
import sys

node = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=10)
node.settimeout(None)
node.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
socket.send_fds(socket.socket(fileno=1), [b"\0"], [node.fileno()])
