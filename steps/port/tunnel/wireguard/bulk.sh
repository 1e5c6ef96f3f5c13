# shellcheck shell=sh disable=SC2154
# The target gateway's half of the proof: bulk both ways through the tunnel, each rate as the receiving end
# measures it, and the largest packet that passes with DF both ways. A direction in which
# nothing moves for 5 s is given up; what is known by then is printed.
#include common.sh

ask() {
    perl - "$address" "$peer_address" "$probe_port" "$mtu" <<'PERL'
use strict;
use IO::Select;
use IO::Socket::INET;
use POSIX ();

my ($address, $peer, $port, $mtu) = @ARGV;
$SIG{PIPE} = 'IGNORE';
$| = 1;

sub now_us { return (POSIX::times())[0] * 1_000_000 / POSIX::sysconf(POSIX::_SC_CLK_TCK()) }

sub call {
    my ($word) = @_;
    my $socket = IO::Socket::INET->new(LocalAddr => $address, PeerAddr => $peer, PeerPort => $port,
        Proto => 'tcp', Timeout => 6) or return;
    syswrite($socket, $word);
    return $socket;
}

sub get {
    my ($socket) = @_;
    my ($begin, $got, $wait) = (now_us(), 0, IO::Select->new($socket));
    while ($wait->can_read(5)) {
        my $n = sysread($socket, my $block, 65536) or last;
        $got += $n;
    }
    print "forth_bytes=$got\nforth_us=", int(now_us() - $begin), "\n";
}

sub give {
    my ($socket) = @_;
    my ($begin, $sent, $block, $wait) = (now_us(), 0, "\0" x 65536, IO::Select->new($socket));
    $socket->blocking(0);
    while ($sent < 1 << 20 || ($sent < 32 << 20 && now_us() - $begin < 300_000)) {
        last unless $wait->can_write(5);
        my $n = syswrite($socket, $block);
        last unless defined $n || $!{EAGAIN};
        $sent += $n || 0;
    }
    shutdown($socket, 1);
    my $reply = '';
    while ($wait->can_read(5)) { sysread($socket, $reply, 64, length $reply) or last }
    print "back_bytes=$1\nback_us=$2\n" if $reply =~ /^(\d+) (\d+)/;
}

# Twice, as one packet may get lost; the second time with more patience.
sub passes {
    my ($udp, $size) = @_;
    for my $patience (0.3, 0.7) {
        send($udp, pack('N', $size) . "\0" x ($size - 32), 0) or return 0;
        my $wait = IO::Select->new($udp);
        while ($wait->can_read($patience)) {
            defined recv($udp, my $datagram, 65535, 0) or last;
            return 1 if length $datagram == $size - 28;
        }
    }
    return 0;
}

sub path_mtu {
    my $udp = IO::Socket::INET->new(LocalAddr => $address, PeerAddr => $peer, PeerPort => $port,
        Proto => 'udp') or return 0;
    setsockopt($udp, 0, 10, 3);
    return $mtu if passes($udp, $mtu);
    my ($good, $bad) = (128, $mtu);
    return 0 unless passes($udp, $good);
    while ($bad - $good > 1) {
        my $middle = int(($good + $bad) / 2);
        passes($udp, $middle) ? $good = $middle : ($bad = $middle);
    }
    return $good;
}

my $socket = call('G') or print("bulk=unreachable\n"), exit 0;
get($socket);
$socket = call('T') and give($socket);
print 'path_mtu=', path_mtu(), "\n";
call('E');
PERL
}

bulk() {
    { has_table && has_link; } || die "the gateway is not prepared"
    nft add element inet "$table" probe "{ $probe_port timeout 90s }" || die "cannot open port $probe_port"
    echo '#ece-begin'
    ask
    echo '#ece-end'
    nft delete element inet "$table" probe "{ $probe_port }" 2>/dev/null || true
}
bulk
