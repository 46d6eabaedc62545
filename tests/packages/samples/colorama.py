import io

import colorama
import colorama.ansi
import colorama.ansitowin32
import colorama.initialise


class Terminal(io.StringIO):
    def isatty(self):
        return True


def hold():
    out = Terminal()
    wrapped = colorama.ansitowin32.AnsiToWin32(out, convert=False, strip=True, autoreset=False)
    wrapped.stream.write(colorama.Fore.RED + "red")
    assert out.getvalue() == "red"
    return out, wrapped, wrapped.stream, colorama.Fore, {colorama.Fore.RED: "red"}, colorama.init


def use(held):
    out, wrapped, stream, fore, table, init = held
    stream.write("\x1b[1mbold" + colorama.Style.RESET_ALL)
    assert out.getvalue() == "redbold" and type(wrapped) is colorama.ansitowin32.AnsiToWin32 and fore is colorama.Fore
    assert (
        table["\x1b[31m"] == "red" and fore.GREEN + colorama.Back.BLUE == "\x1b[32m\x1b[44m" and init is colorama.init
    )
    assert type(fore).__module__ == "colorama.ansi" and stream.isatty() and colorama.ansi.code_to_chars(7) == "\x1b[7m"
    assert type(stream) is colorama.ansitowin32.StreamWrapper and not wrapped.convert and wrapped.strip
