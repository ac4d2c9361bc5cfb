#!/usr/bin/perl
# Stands in for a VLAN interface of the kernel where the kernel has none: `NIC NAME ID` makes NAME, whose frames leave through NIC with the tag of IEEE
# 802.1Q, and which gets those that come with it. Ends when NAME is deleted. Only for tests; perl-base is in every Debian.
use strict;
use warnings;

my ($nic, $name, $id) = @ARGV;
my ($AF_PACKET, $SOCK_RAW, $SOL_SOCKET, $SO_ATTACH_FILTER, $TUNSETIFF, $ETH_P_ALL) = (17, 3, 1, 26, 0x400454ca, 3);

open my $tap, '+<', '/dev/net/tun' or die "tun: $!\n";
# IFF_TAP | IFF_NO_PI
ioctl $tap, $TUNSETIFF, pack('Z16 S x22', $name, 0x0002 | 0x1000) or die "tap $name: $!\n";
open my $mac, '<', "/sys/class/net/$nic/address" or die "$nic: $!\n";
chomp(my $address = <$mac>);
system('/sbin/ip', 'link', 'set', 'dev', $name, 'address', $address) == 0 or die "address\n";
open my $number, '<', "/sys/class/net/$nic/ifindex" or die "$nic: $!\n";
chomp(my $index = <$number>);

socket(my $wire, $AF_PACKET, $SOCK_RAW, unpack('n', pack('S', $ETH_P_ALL))) or die "packet socket: $!\n";
# The kernel has taken the tag off by the time that we see a frame: a filter still knows it (linux/filter.h, SKF_AD_VLAN_TAG).
my @filter = ([0x20, 0, 0, 0xfffff030], [0x15, 3, 0, 0], [0x20, 0, 0, 0xfffff02c], [0x54, 0, 0, 0xfff], [0x15, 1, 0, $id], [0x06, 0, 0, 0], [0x06, 0, 0, 0xffff]);
my $code = join '', map { pack 'S C C L', @$_ } @filter;
setsockopt $wire, $SOL_SOCKET, $SO_ATTACH_FILTER, pack('S x6 P', scalar @filter, $code) or die "filter: $!\n";
bind $wire, pack('S n i S C C a8', $AF_PACKET, $ETH_P_ALL, $index, 0, 0, 0, '') or die "bind: $!\n";

exit 0 if fork;
open STDIN, '<', '/dev/null';
open STDOUT, '>', '/dev/null';
open STDERR, '>', '/dev/null';
my ($from_tap, $from_wire) = (fileno $tap, fileno $wire);
while (1) {
  my $ready = '';
  vec($ready, $_, 1) = 1 for $from_tap, $from_wire;
  next if select($ready, undef, undef, 5) < 1 and -e "/sys/class/net/$name";
  last unless -e "/sys/class/net/$name";
  if (vec $ready, $from_tap, 1) {
    my $length = sysread $tap, my $frame, 65536;
    last unless $length;
    send $wire, substr($frame, 0, 12) . pack('n n', 0x8100, $id) . substr($frame, 12), 0;
  }
  if (vec $ready, $from_wire, 1) {
    defined recv $wire, my $frame, 65536, 0 or last;
    syswrite $tap, $frame;
  }
}
