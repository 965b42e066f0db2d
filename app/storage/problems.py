"""What the store may have to say to a person, in both languages."""

from __future__ import annotations

from schemas.dictionary.declaration import Text


class StoreError(ValueError):
    """The store cannot do this; ``text`` says why and what to do, in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


KINDS = {
    "demo": Text(ja="デモ用", en="demo data"),
    "real": Text(ja="本番用", en="real data"),
}

OTHER_KIND = Text(
    ja="この保存先は{existing}として作成されています。{wanted}には別のフォルダーを指定してください。",
    en="This store was created for {existing}. Choose another folder for {wanted}.",
)
DEMO_INTO_REAL = Text(
    ja="このファイルはデモデータのため、本番用の保存先には登録できません。"
    "自校の調査票をアップロードするか、デモ用の保存先を開いてください。",
    en="This file holds demo data and cannot be kept in a store for real data. "
    "Upload your institution's own form, or open a demo store.",
)
REAL_INTO_DEMO = Text(
    ja="ここはデモ用の保存先のため、実際の調査票は登録できません。本番用の保存先を開いてからアップロードしてください。",
    en="This is a demo store and does not take real forms. Open a store for real data, then upload the file.",
)
NOT_A_FOLDER = Text(
    ja="保存先に指定された場所はフォルダーではありません。空のフォルダーを指定してください。",
    en="The place given for the store is not a folder. Choose an empty folder.",
)
FOLDER_IN_USE = Text(
    ja="保存先に指定されたフォルダーには別のファイルがあります。空のフォルダーを指定してください。",
    en="The folder given for the store holds other files. Choose an empty folder.",
)
UNREADABLE = Text(
    ja="保存先を開けません。store.sqliteが壊れているか、別の種類のファイルです。バックアップから復元してください。",
    en="The store cannot be opened: store.sqlite is damaged or another kind of file. Restore it from a backup.",
)
NEWER = Text(
    ja="この保存先は、より新しい版のソフトウェアで作成されています。ソフトウェアを更新してから開いてください。",
    en="This store was made by a newer version of the software. Update the software, then open it.",
)
NOT_WRITABLE = Text(
    ja="保存先に書き込めないため、何も登録していません。空き容量とアクセス権を確認し、もう一度お試しください。",
    en="The store cannot be written, so nothing was kept. Check free space and permissions, then try again.",
)
FILES_NEEDED = Text(
    ja="データベースのURLを指定する場合は、ファイルを置くフォルダーも--filesで指定してください。",
    en="With a database URL, also give the folder that keeps the files, with --files.",
)
BAD_URL = Text(
    ja="このURLのデータベースは使えません。postgresql://利用者@ホスト/データベース の形で指定してください。",
    en="A database of this URL cannot be used. Give it in the form postgresql://user@host/database.",
)
UNREACHABLE = Text(
    ja="データベースに接続できません。サーバーが動いているか、URL、利用者名、パスワードを確認してください。",
    en="The database cannot be reached. Check that the server runs, and the URL, user name and password.",
)
INCONSISTENT = Text(
    ja="計算結果の記録どうしが対応していないため、登録していません。もう一度アップロードしてください。"
    "続く場合は運用担当者にご連絡ください。",
    en="The computed records do not fit together, so nothing was kept. Upload the file again. "
    "If this repeats, tell the operator.",
)
UNKNOWN_SUBMISSION = Text(
    ja="この提出は見つかりません。一覧から選び直してください。",
    en="This submission is not in the store. Choose it again from the list.",
)
BLOB_MISSING = Text(
    ja="提出されたファイルが保存先に見つかりません。バックアップから復元してください。",
    en="The submitted file is missing from the store. Restore it from a backup.",
)
BLOB_CHANGED = Text(
    ja="保存されたファイルの内容が提出時と異なります。バックアップから復元してください。",
    en="The stored file differs from what was submitted. Restore it from a backup.",
)
REFUSED_TOO_LARGE = Text(
    ja="20 MBを超えるため、ファイル本体は保存していません。",
    en="The file is larger than 20 MB, so its content was not kept.",
)
REFUSED_REMOVED = Text(
    ja="上限に達したため、古いものから{count}件の受け付けなかったファイルを削除しました。",
    en="The space for refused files was full; the {count} oldest were removed.",
)

ORPHAN_BLOB = Text(ja="どの提出にも対応しないファイル", en="file that belongs to no submission")
MISSING_BLOB = Text(ja="見つからない提出ファイル", en="submitted file that is missing")
WRONG_HASH = Text(ja="内容が提出時と異なるファイル", en="file whose content has changed")
UNFINISHED = Text(ja="書きかけのファイル", en="unfinished file")
NO_REASON = Text(ja="理由の記録がない、受け付けなかったファイル", en="refused file without its reason")
WRONG_MODE = Text(ja="ほかの利用者にも開かれているアクセス権", en="access open to other users")


def line(what: Text, where: str) -> str:
    """One line of a check: what is amiss in both languages, and where."""
    return f"{what.ja} / {what.en}: {where}"
