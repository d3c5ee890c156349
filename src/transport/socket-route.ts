import type * as net from 'node:net';

/** How Go names a read that failed: `read tcp 127.0.0.1:4222->127.0.0.1:50000`. */
export function readRoute(socket: net.Socket): string {
  const place = (address = '', port = 0) =>
    address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
  const local = place(socket.localAddress?.replace(/^::ffff:/, ''), socket.localPort);
  return `read tcp ${local}->${place(socket.remoteAddress?.replace(/^::ffff:/, ''), socket.remotePort)}`;
}
