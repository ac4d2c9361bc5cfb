#!/usr/bin/perl
# Sends raw Ethernet frames: each line of stdin is `<interface index> <frame in hex>`. perl-base is in every Debian,
# and Node has no packet sockets (packet(7)).
use strict;
use warnings;

my ($AF_PACKET, $SOCK_RAW) = (17, 3);
socket(my $socket, $AF_PACKET, $SOCK_RAW, 0) or die "packet socket: $!\n";
while (my $line = <STDIN>) {
  my ($index, $hex) = split ' ', $line;
  my $frame = pack 'H*', $hex;
  my $address = pack 'S n i S C C a8', $AF_PACKET, 0, $index, 0, 0, 6, substr($frame, 0, 6);
  # A port whose machine is switched off is down: the frame is lost, as on a real switch.
  send $socket, $frame, 0, $address;
}
