"""What the store may have to say to a person, in both languages."""

from __future__ import annotations

from schemas.dictionary.declaration import Text
from schemas.dictionary.user_facing_error import UserFacingError


class StoreError(UserFacingError, ValueError):
    """The store cannot do this; ``text`` says why and what to do, in both languages.

    ``is_fault``: something is wrong with the store, so that the operator's log says it too.
    """

    is_fault = True

    def __init__(self, text: Text) -> None:
        super().__init__([text])


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
DATABASE_MISSING = Text(
    ja="この保存先には提出されたファイルがありますが、データベースがないか、空です。新しい保存先としては開きません。"
    "データベースをバックアップから復元してください。",
    en="This place holds the files of a store, but its database is missing or empty. It is not opened as a new store. "
    "Restore the database from a backup.",
)
DATABASE_GONE = Text(
    ja="データベースのファイルが、使用中に削除又は移動されました。何も登録していません。"
    "サーバーを停止し、データベースを元の場所に戻してから起動してください。",
    en="The database file was deleted or moved while it was in use. Nothing was kept. "
    "Stop the server, put the database back, then start it again.",
)
DATABASE_REPLACED = Text(
    ja="データベースが、使用中に別のものに置き換えられました。何も登録していません。"
    "正しいデータベースであることを確認し、サーバーを再起動してください。",
    en="The database was replaced by another one while it was in use. Nothing was kept. "
    "Make sure that it is the right one, then restart the server.",
)
DATABASE_OLDER = Text(
    ja="データベースが、使用中に古い時点のものに置き換えられました。何も登録していません。"
    "サーバーを再起動し、置き換えた後の提出状況を確認してください。",
    en="The database was replaced by an older copy of itself while it was in use. Nothing was kept. "
    "Restart the server and look at what is there of the submissions since then.",
)
OTHER_DATABASE = Text(
    ja="このフォルダーのファイルは、別のデータベースのものです。データベースとフォルダーの組み合わせを確認してください。",
    en="The files in this folder belong to another database. Check which database and which folder go together.",
)
FILES_GONE = Text(
    ja="提出されたファイルを置くフォルダー（又はURLの場所）がないか、書き込めません。場所とアクセス権を確認してください。",
    en="The folder (or URL) of the submitted files is missing or cannot be written. Check it and its permissions.",
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
    ja="データベースのURLを指定する場合は、ファイルを置くフォルダー又はURLも--filesで指定してください。",
    en="With a database URL, also give the folder or URL that keeps the files, with --files.",
)
FILES_ELSEWHERE = Text(
    ja="この保存先は、ファイルを自分のフォルダーに置いています。--files（JUNKAN_FILES）を外してください。",
    en="This store keeps its files in its own folder. Leave out --files (JUNKAN_FILES).",
)
BAD_FILES_URL = Text(
    ja="ファイルの置き場所として使えません。フォルダー、又は書き込んだものが残るfsspecのURL（例：s3://バケット/フォルダー）を"
    "指定してください。",
    en="No files can be kept in this place. Give a folder, or a URL of fsspec where what is written stays, such as "
    "s3://bucket/folder.",
)
FILES_PACKAGE = Text(
    ja="{protocol}:// を使うためのパッケージ {package} がありません。"
    "このソフトウェアと同じ環境に導入してください（例：pip install {package}）。",
    en="The package {package}, by which {protocol}:// is reached, is missing. Install it where this software runs (for "
    "example: pip install {package}).",
)
FILES_UNREACHABLE = Text(
    ja="ファイルの置き場所に接続できません。URLとネットワーク、置き場所のサービスが動いているかを確認し、"
    "もう一度お試しください。同じファイルが二重に登録されることはありません。",
    en="The place of the files cannot be reached. Check its URL, the network, and that its service runs, then try "
    "again. The same file is never kept twice.",
)
FILES_REFUSED = Text(
    ja="ファイルの置き場所がアクセスを拒みました。認証情報とアクセス権を確認し、もう一度お試しください。",
    en="The place of the files refused access. Check its credentials and permissions, then try again.",
)
BAD_URL = Text(
    ja="この保存先は使えません。フォルダーのパス（file: やドライブ名の付かないもの）、又は "
    "postgresql://利用者@ホスト/データベース の形で指定してください。",
    en="This is no place for a store. Give the path of a folder (without file: or the name of a drive), or a database "
    "in the form postgresql://user@host/database.",
)
UNREACHABLE = Text(
    ja="データベースに接続できません。サーバーが動いているか、URL、利用者名、パスワードを確認し、もう一度お試しください。"
    "同じファイルが二重に登録されることはありません。",
    en="The database cannot be reached. Check that the server runs, and the URL, user name and password, then try "
    "again. The same file is never kept twice.",
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

NO_STORE = Text(
    ja="この場所に保存先がありません。--storeと--filesを確認してください。"
    "新しく作る場合は junkan admin init を使ってください。",
    en="There is no store in this place. Check --store and --files; to make a new one, use junkan admin init.",
)
STORE_EXISTS = Text(
    ja="この場所には既に保存先があります。別の場所を指定してください。",
    en="There is a store in this place already. Choose another place.",
)
BACKUP_NOT_EMPTY = Text(
    ja="バックアップ先のフォルダーが空ではありません。新しいフォルダーを指定してください。",
    en="The folder for the backup is not empty. Give a new folder.",
)
RESTORE_NOT_EMPTY = Text(
    ja="復元先のフォルダーが空ではありません。何も変更していません。新しいフォルダーを指定してください。",
    en="The folder to restore to is not empty. Nothing was changed. Give a new folder.",
)
NO_BACKUP = Text(
    ja="このフォルダーは完成したバックアップではありません（manifest.jsonがないか、読めません）。"
    "別のバックアップを指定してください。",
    en="This folder is no finished backup: manifest.json is missing or cannot be read. Give another backup.",
)
BACKUP_BROKEN = Text(
    ja="バックアップの内容が作成時と異なるため、復元していません（{file} など {count} 件）。"
    "別のバックアップを指定してください。",
    en="The backup differs from what was written ({file}; {count} in all), so nothing was restored. "
    "Give another backup.",
)
BACKUP_INCOMPLETE = Text(
    ja="保存先のファイルが {count} 件ないか壊れているため、バックアップは完成していません。"
    "junkan admin check で確認し、前のバックアップから補ってください。",
    en="{count} files of the store are missing or damaged, so the backup is not finished. "
    "Run junkan admin check, and bring them back from an earlier backup.",
)
RESTORE_TO_FOLDER = Text(
    ja="これはフォルダーの保存先のバックアップです。--store に新しい又は空のフォルダーを指定してください。",
    en="This is the backup of a store in a folder. Give a new or empty folder with --store.",
)
RESTORE_TO_SERVER = Text(
    ja="これはデータベースサーバーのバックアップです。"
    "--store に空のデータベースのURL、--files に新しい又は空のフォルダー（又はURL）を指定してください。",
    en="This is the backup of a database server. Give the URL of an empty database with --store, and a new or empty "
    "folder (or URL) with --files.",
)
DATABASE_DAMAGED = Text(ja="データベースの破損", en="damaged database")

UNKNOWN_ROLE = Text(
    ja="「{role}」という役割はありません。次のどれかを --role に指定してください：{known}",
    en="There is no role {role}. Give one of these with --role: {known}",
)
ROLE_NEEDS_INSTITUTION = Text(
    ja="大学の役割には、--institution で機関の学校コードを一つ以上指定してください。",
    en="A role of a university needs at least one school code with --institution.",
)
USER_EXISTS = Text(
    ja="「{name}」という利用者は既に登録されています。別の名前を指定してください。",
    en="There is a user {name} already. Give another name.",
)
NO_SUCH_USER = Text(
    ja="「{name}」という利用者はいません。junkan admin user list で確認してください。",
    en="There is no user {name}. See junkan admin user list.",
)
INVITED_IS_DISABLED = Text(
    ja="「{name}」は停止されているため、招待コードを発行しませんでした。"
    "junkan admin user enable で停止を解いてください。",
    en="{name} is disabled, so no invitation was made. Let the user in again with junkan admin user enable first.",
)
BAD_INVITATION = Text(
    ja="この招待コードは使えません（誤り、期限切れ又は使用済み）。運用担当者に新しい招待コードを依頼してください。",
    en="This invitation does not hold: it is wrong, too old or was used. Ask the operator for a new one.",
)
USER_UNKNOWN = Text(
    ja="この利用者はまだ登録されていません。運用担当者から受け取った招待コードを入力してください。"
    "招待コードがない場合は、運用担当者に登録をご依頼ください。",
    en="You are not registered here yet. Enter the invitation that the operator gave you; without one, ask the operator"
    " to register you.",
)
USER_DISABLED = Text(
    ja="この利用者は停止されています。必要な場合は運用担当者にご連絡ください。",
    en="This user was disabled. If you need access, ask the operator.",
)
SESSION_ENDED = Text(
    ja="このサインインは終了しています。もう一度サインインしてください。",
    en="This session was ended. Please sign in again.",
)
SESSION_OLD = Text(
    ja="サインインから時間が経ったため終了しました。もう一度サインインしてください。保存済みの提出は残っています。",
    en="Your session is too old and has ended. Please sign in again; what was handed in is kept.",
)
ERASED = Text(
    ja="この提出の調査票ファイルは削除されています（理由：{reason}）。数値と記録は残っています。",
    en="The file of this submission was erased ({reason}). Its values and its record are kept.",
)
AUDIT_DIFFERS = Text(
    ja="記録された時と異なる、又は対応する提出のない操作記録",
    en="row of the log that differs from what was written, or names what is not there",
)
AUDIT_CUT = Text(
    ja="操作記録の件数又は末尾が異なる", en="rows of the log are missing at its end, or were added past it"
)
ORPHAN_BLOB = Text(ja="どの提出にも対応しないファイル", en="file that belongs to no submission")
MISSING_BLOB = Text(ja="見つからない提出ファイル", en="submitted file that is missing")
WRONG_HASH = Text(ja="内容が提出時と異なるファイル", en="file whose content has changed")
UNFINISHED = Text(ja="書きかけのファイル", en="unfinished file")
NO_REASON = Text(ja="理由の記録がない、受け付けなかったファイル", en="refused file without its reason")
REMOVED = Text(ja="削除したファイル", en="file removed")
CLOSED = Text(ja="ほかの利用者に閉じたファイル又はフォルダー", en="file or folder closed to other users")
WRONG_MODE = Text(ja="ほかの利用者にも開かれているアクセス権", en="access open to other users")


def line(what: Text, where: str) -> Text:
    """One line of a check: what is amiss, and where."""
    return Text(ja=f"{what.ja}：{where}", en=f"{what.en}: {where}")
