# shellcheck shell=sh disable=SC2154
# The source gateway's half of the proof: something to talk to at the inner address, on a port that the
# kernel picks and only the peer may reach. It sends or takes bulk over TCP, sends datagrams back
# with DF set over UDP, ends by itself when told or after 60 s, and closes its port again.
#include common.sh

serve() {
    perl - "$address" "$table" "$run/listen" <<'PERL'
use strict;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

my ($address, $table) = @ARGV;
my $tcp = IO::Socket::INET->new(LocalAddr => $address, LocalPort => 0, Listen => 4, Proto => 'tcp')
    or die "cannot listen on $address: $!\n";
my $port = $tcp->sockport;
my $udp = IO::Socket::INET->new(LocalAddr => $address, LocalPort => $port, Proto => 'udp')
    or die "cannot open UDP port $port on $address: $!\n";
# IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE: DF on each packet, whatever the cache says.
setsockopt($udp, 0, 10, 3) or die "cannot set DF: $!\n";

sub set_port { return system('nft', $_[0], 'element', 'inet', $table, 'probe', "{ $port$_[1] }") }
sub finish { set_port('delete', ''); exit 0 }
set_port('add', ' timeout 90s') == 0 or die "cannot open port $port\n";
print "$port\n";
close STDOUT;
exit 0 if fork;
POSIX::setsid();
open STDIN, '<', '/dev/null';
open STDERR, '>', '/dev/null';
$SIG{PIPE} = 'IGNORE';
$SIG{ALRM} = \&finish;
alarm 60;

sub now_us { return (POSIX::times())[0] * 1_000_000 / POSIX::sysconf(POSIX::_SC_CLK_TCK()) }

# At least 1 MiB, then until 300 ms or 32 MiB are over.
sub give {
    my ($to) = @_;
    my ($begin, $sent, $block) = (now_us(), 0, "\0" x 65536);
    while ($sent < 1 << 20 || ($sent < 32 << 20 && now_us() - $begin < 300_000)) {
        my $n = syswrite($to, $block) or last;
        $sent += $n;
    }
}

sub take {
    my ($from) = @_;
    my ($begin, $got) = (now_us(), 0);
    while (my $n = sysread($from, my $block, 65536)) { $got += $n }
    syswrite($from, $got . ' ' . int(now_us() - $begin) . "\n");
}

my $both = IO::Select->new($tcp, $udp);
while (my @ready = $both->can_read) {
    for my $socket (@ready) {
        if ($socket == $udp) {
            my $from = recv($udp, my $datagram, 65535, 0);
            send($udp, $datagram, 0, $from) if defined $from;
            next;
        }
        my $peer = $tcp->accept or next;
        next unless sysread($peer, my $word, 1);
        finish() if $word eq 'E';
        my $child = fork;
        next if $child;
        $word eq 'G' ? give($peer) : take($peer);
        POSIX::_exit(0);
    }
    1 while waitpid(-1, POSIX::WNOHANG()) > 0;
}
PERL
}

listen() {
    { has_table && has_link; } || die "the gateway is not prepared"
    echo '#ece-begin'
    echo "probe_port=$(serve)"
    echo '#ece-end'
}
listen
