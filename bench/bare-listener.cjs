// What a start time is compared with: a Node program that does nothing but open a listener.
const { createServer } = require('node:net');

createServer((socket) => socket.end('INFO {}\r\n')).listen(
  Number(process.argv[2]),
  '127.0.0.1',
  () => {
    process.stderr.write('Server is ready\n');
  },
);
